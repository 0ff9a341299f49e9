import type { IncomingMessage, ServerResponse } from 'node:http';
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

export interface PassOptions {
  ask: AskRemote;
  remote: Remote;
  credential: Credential | undefined;
  target: Pick<DoorTarget, 'service' | 'isAdvertisement'>;
  /** In place of that of the request, of which something was read. */
  body?: Readable | undefined;
  /** Why no more of an answer may be passed on, as a clause; undefined where these bytes may. */
  take?(bytes: number): string | undefined;
  /** Who waits for it: a person has so many connections to git servers. */
  ownerId: string;
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
  { ask, remote, credential, target, body = incoming, take, ownerId, onHostKey, onFailure, refuse }: PassOptions,
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
    const answer = await ask(remote, request, { credential, ownerId, signal: cut.signal });
    if (answer.hostKey !== undefined) onHostKey?.(answer.hostKey);
    if (answer.status !== 200) {
      answer.body.on('error', () => undefined).destroy();
      return fail({ status: answer.status });
    }
    response.writeHead(200, answer.headers);
    await pipeline(
      answer.body,
      async function* bound(source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          const reason = take?.(chunk.length);
          if (reason !== undefined) {
            onFailure?.({ reason });
            throw new Error(reason);
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
