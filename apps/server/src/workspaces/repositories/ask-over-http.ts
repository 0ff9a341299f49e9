import { lookup as lookUp } from 'node:dns';

import { Agent, request as send } from 'undici';

import { isPublicHttps, toGuardedLookup } from '../../lib/outgoing.ts';
import { toNotPublic } from './address-problem.ts';
import { toAuthorization, type Credential } from './credential.ts';
import type { AskRemote, GitRequest } from './git-service.ts';
import type { Remote } from './remote.ts';

export interface HttpRemotesOptions {
  /** Servers that may be reached whatever their scheme and address are, such as `http://git.example.internal:3000`. */
  allowedServers: readonly string[];
  lookup?: typeof lookUp;
}

export type AskApi = (
  url: string,
  request: { method: 'GET' | 'POST'; body?: object; credential: Credential | undefined; signal: AbortSignal },
) => Promise<{ status: number; json: unknown }>;

export interface HttpRemotes {
  ask: AskRemote;
  /** Makes a request of the API of a git server, under the same guard, with a token as its bearer. Follows no redirection. */
  askApi: AskApi;
  close(): Promise<void>;
}

/** A server may think for long before it sends a large repository. */
const WAIT_MS = 5 * 60 * 1000;
const CONNECT_MS = 15_000;
const API_WAIT_MS = 20_000;
const MAX_API_BYTES = 4 * 1024 * 1024;
const USER_AGENT = 'git/2.39 (claude-sdk-pattern)';
const MAX_CONNECTIONS = 64;
const MAX_REDIRECTIONS = 3;
const SENT = ['accept', 'accept-encoding', 'content-type', 'content-encoding', 'content-length', 'git-protocol'];
const ANSWERED = ['content-type', 'content-encoding', 'content-length', 'cache-control'];

/**
 * Asks git servers over HTTPS. Guards against requests to the inside of the network (SSRF) by the address, when it connects. A server
 * may send on to another path of its own, as for a renamed repository; the credential goes to no other server.
 */
export function createHttpRemotes({ allowedServers, lookup = lookUp }: HttpRemotesOptions): HttpRemotes {
  const allowed = new Set(allowedServers);
  const limits = { connections: MAX_CONNECTIONS, pipelining: 1, headersTimeout: WAIT_MS, bodyTimeout: WAIT_MS };
  const open = new Agent({ ...limits, connect: { timeout: CONNECT_MS } });
  const guarded = new Agent({ ...limits, connect: { lookup: toGuardedLookup(lookup), timeout: CONNECT_MS } });
  /** Where repositories are that have moved, by the address that people know. */
  const moved = new Map<string, string>();

  /** @throws Error for what is neither public nor allowed */
  const chooseDispatcher = (url: URL): Agent => {
    if (allowed.has(url.origin)) return open;
    if (isPublicHttps(url)) return guarded;
    throw new Error(toNotPublic(url.host));
  };

  return {
    async ask(remote, request, { credential, signal }) {
      const dispatcher = chooseDispatcher(new URL(remote.url));
      if (credential !== undefined && credential.type !== 'basic') throw new Error('it takes no SSH key');
      const headers = {
        ...pick(request.headers, SENT),
        'user-agent': USER_AGENT,
        ...(credential && { authorization: toAuthorization(credential) }),
      };
      let base = moved.get(remote.url) ?? remote.url;
      for (let redirections = 0; ; redirections += 1) {
        const answer = await send(toTarget(base, request), {
          ...{ headers, signal, method: request.isAdvertisement ? 'GET' : 'POST' },
          ...(request.body && { body: request.body }),
          dispatcher,
        });
        const next = toMoved(base, answer);
        if (next === undefined || !request.isAdvertisement || redirections === MAX_REDIRECTIONS)
          return { status: answer.statusCode, headers: pick(answer.headers, ANSWERED), body: answer.body };
        await answer.body.dump();
        if (new URL(next).origin !== new URL(base).origin) throw new Error(`it has moved to ${next}. Use that address`);
        base = next;
        remember(moved, remote, base);
      }
    },

    async askApi(url, { method, body, credential, signal }) {
      const answer = await send(url, {
        ...{ method, dispatcher: chooseDispatcher(new URL(url)) },
        signal: AbortSignal.any([signal, AbortSignal.timeout(API_WAIT_MS)]),
        headers: {
          ...{ accept: 'application/vnd.github+json', 'content-type': 'application/json', 'user-agent': USER_AGENT },
          ...(credential?.type === 'basic' && { authorization: `Bearer ${credential.password}` }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await readText(answer.body);
      return { status: answer.statusCode, json: parseJson(text) };
    },

    async close() {
      await Promise.all([open.destroy(), guarded.destroy()]);
    },
  };
}

/** @throws Error where it is longer than any answer that is asked for */
async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_API_BYTES) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toTarget(base: string, { service, isAdvertisement }: GitRequest): string {
  return isAdvertisement ? `${base}/info/refs?service=${service}` : `${base}/${service}`;
}

/** The base that a redirection leads to; undefined where the answer is none. */
function toMoved(
  base: string,
  answer: { statusCode: number; headers: Record<string, string | string[] | undefined> },
): string | undefined {
  const { location } = answer.headers;
  if (answer.statusCode < 300 || answer.statusCode > 399 || typeof location !== 'string') return undefined;
  const target = URL.parse(location, `${base}/info/refs`);
  const found = target && /^(.*)\/info\/refs$/.exec(`${target.origin}${target.pathname}`);
  return found?.[1];
}

const MAX_REMEMBERED = 1000;

function remember(moved: Map<string, string>, { url }: Remote, base: string): void {
  const [oldest] = moved.keys();
  if (moved.size >= MAX_REMEMBERED && oldest !== undefined) moved.delete(oldest);
  moved.set(url, base);
}

function pick(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  names: readonly string[],
): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
