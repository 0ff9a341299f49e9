import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Credential } from './credential.ts';
import type { AskRemote, GitRequest, GitService } from './git-service.ts';
import type { Remote } from './remote.ts';
import type { RemoteFailure } from './repository-error.ts';

/** Where the address of a repository stands in a path of the door: `/git/https/github.com/owner/name.git/info/refs`. */
const DOOR_PATH = /^\/git\/(https?|ssh)\/(.+)\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** The repository that a path of the door names, as text, and what is asked of it. */
export interface DoorTarget {
  url: string;
  service: GitService;
  isAdvertisement: boolean;
}

/** Undefined for what is no request of git. */
export function findDoorTarget({
  method,
  url: target = '',
}: Pick<IncomingMessage, 'method' | 'url'>): DoorTarget | undefined {
  const parsed = URL.parse(target, 'http://door');
  const found = parsed && DOOR_PATH.exec(parsed.pathname);
  if (!found) return undefined;
  const [, protocol = '', rest = '', endpoint = ''] = found;
  const isAdvertisement = endpoint === 'info/refs';
  const service = isAdvertisement ? parsed.searchParams.get('service') : endpoint;
  if (service !== 'git-upload-pack' && service !== 'git-receive-pack') return undefined;
  if (method !== (isAdvertisement ? 'GET' : 'POST')) return undefined;
  return { url: `${protocol}://${rest}`, service, isAdvertisement };
}

/** The address by which git reaches a repository through the door. */
function toDoorUrl(base: string, { url }: Pick<Remote, 'url'>): string {
  return `${base}/git/${url.replace('://', '/')}`;
}

export interface PassOptions {
  ask: AskRemote;
  remote: Remote;
  credential: Credential | undefined;
  target: Pick<DoorTarget, 'service' | 'isAdvertisement'>;
  /** In place of that of the request, of which something was read. */
  body?: Readable | undefined;
  /** More of an answer is not passed on. */
  maxBytes?: number;
  /** Called with the fingerprint of an SSH host key that was trusted because it was the first one. */
  onHostKey?(fingerprint: string): void;
  /** Called once, where git does not get what it asked for. */
  onFailure?(failure: RemoteFailure): void;
  /** Told as clauses for people; the answer to git has nothing else. */
  refuse(failure: RemoteFailure): { status: number; text: string };
}

/** Passes a request of git on to the server of the repository, with the credential, and the answer back. */
export async function passGitRequest(
  incoming: IncomingMessage,
  response: ServerResponse,
  { ask, remote, credential, target, body = incoming, maxBytes = Infinity, onHostKey, onFailure, refuse }: PassOptions,
): Promise<void> {
  const cut = new AbortController();
  response.once('close', () => cut.abort());
  const fail = (failure: RemoteFailure) => {
    onFailure?.(failure);
    if (response.headersSent) return void response.destroy();
    const { status, text } = refuse(failure);
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' }).end(`${text}\n`);
  };
  const request: GitRequest = {
    ...target,
    headers: toHeaders(incoming),
    body: target.isAdvertisement ? undefined : body,
  };
  try {
    const answer = await ask(remote, request, { credential, signal: cut.signal });
    if (answer.hostKey !== undefined) onHostKey?.(answer.hostKey);
    if (answer.status !== 200) {
      answer.body.on('error', () => undefined).destroy();
      return fail({ status: answer.status });
    }
    response.writeHead(200, answer.headers);
    let bytes = 0;
    await pipeline(
      answer.body,
      async function* bound(source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          bytes += chunk.length;
          if (bytes > maxBytes) {
            onFailure?.({
              reason: `it is larger than the ${Math.floor(maxBytes / 1024 / 1024)} MB that the server keeps of all repositories`,
            });
            throw new Error('too large');
          }
          yield chunk;
        }
      },
      response,
    );
  } catch (error) {
    if (!cut.signal.aborted || !response.destroyed) fail({ reason: toReason(error) });
  }
}

function toReason(error: unknown): string {
  const { message, code, cause } = error as { message?: string; code?: string; cause?: { code?: string } };
  const known = code ?? cause?.code;
  if (known === 'ENOTFOUND' || known === 'EAI_AGAIN') return 'there is no such host. Check the address';
  if (known === 'ECONNREFUSED' || known === 'UND_ERR_CONNECT_TIMEOUT' || known === 'EHOSTUNREACH')
    return 'the host does not answer. Check the address, or try again later';
  return message ?? 'the connection broke. Try again';
}

function toHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
}

/** One use of the door by the server's own git. */
export interface OwnPass extends Disposable {
  /** For git's command line. */
  url: string;
  /** For git's settings; holds a token for this pass alone. */
  config: readonly (readonly [string, string])[];
  /** Why git did not get what it asked for, of its last request that failed. */
  readonly failure: RemoteFailure | undefined;
  /** Fingerprint of the SSH host key that was trusted because it was the first one. */
  readonly hostKey: string | undefined;
}

interface HeldPass {
  options: Parameters<OwnDoor['pass']>[0];
  failure: RemoteFailure | undefined;
  hostKey: string | undefined;
}

export interface OwnDoor {
  /** Lets git reach this repository until it is disposed of. */
  pass(options: { remote: Remote; credential: Credential | undefined; maxBytes: number }): OwnPass;
  close(): Promise<void>;
}

/**
 * The door for the server's own git, on a loopback port: git speaks to this, so that it gets no credential, makes no connection to the
 * outside, and follows no redirection.
 */
export async function openOwnDoor(ask: AskRemote): Promise<OwnDoor> {
  const passes = new Map<string, HeldPass>();
  const server = createServer((request, response) => {
    const target = findDoorTarget(request);
    const pass = passes.get(/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '');
    if (target === undefined || target.service !== 'git-upload-pack' || pass === undefined)
      return void response.writeHead(404).end();
    void passGitRequest(request, response, {
      ...{ ...pass.options, ask, target },
      onHostKey: (fingerprint) => {
        pass.hostKey = fingerprint;
      },
      onFailure: (failure) => {
        pass.failure = failure;
      },
      refuse: () => ({ status: 403, text: 'refused' }),
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    pass(options) {
      const token = randomBytes(32).toString('base64url');
      const held: HeldPass = { options, failure: undefined, hostKey: undefined };
      passes.set(token, held);
      return {
        url: toDoorUrl(base, options.remote),
        config: [['http.extraHeader', `authorization: Bearer ${token}`]],
        get failure() {
          return held.failure;
        },
        get hostKey() {
          return held.hostKey;
        },
        [Symbol.dispose]: () => void passes.delete(token),
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
