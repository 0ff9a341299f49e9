import { getCACertificates, setDefaultCACertificates } from 'node:tls';

import type { ServerFrame, EventFrame } from '@claude-sdk-pattern/protocol';
import { connectRawWebSocket, type RawWebSocket } from '@claude-sdk-pattern/testkit';

/** Somebody who signed in with a link, as a browser at the public address does. */
export interface Person {
  /** `https://…`, where the proxy listens. */
  url: string;
  cookie: string;
  /** The `Set-Cookie` header as it came. */
  setCookie: string;
  connect: () => Promise<RawWebSocket>;
  request: (path: string, init?: RequestInit) => Promise<Response>;
}

/** From here on this process trusts the authority that signed the proxy's certificate, beside those that it trusts already. */
export function trustAuthority(pem: string): void {
  setDefaultCACertificates([...getCACertificates(), pem]);
}

/**
 * Signs in, as a browser does: with the token of a one-time link, or with an API key.
 * @param more further headers
 * @throws Error when the server refuses.
 */
export async function signIn(
  url: string,
  { origin, ...credential }: { origin: string } & ({ link_token: string } | { api_key: string }),
  more: Readonly<Record<string, string>> = {},
): Promise<Person> {
  const answer = await fetch(`${url}/api/v1/sign-in`, {
    method: 'POST',
    headers: { ...more, 'content-type': 'application/json', origin },
    body: JSON.stringify(credential),
  });
  if (!answer.ok) throw new Error(`The sign-in is refused: ${answer.status} ${await answer.text()}`);
  const setCookie = answer.headers.getSetCookie().join('; ');
  const cookie = setCookie.split(';')[0] ?? '';
  const headers = { cookie, origin };
  return {
    ...{ url, cookie, setCookie },
    connect: () => connectRawWebSocket({ url }, { headers }),
    request: (path, init = {}) =>
      fetch(`${url}${path}`, { ...init, headers: { ...headers, ...(init.headers as Record<string, string>) } }),
  };
}

/** The events of a socket's session, as they came. */
export function listEvents(socket: RawWebSocket, sessionId: string): EventFrame[] {
  return socket.frames.filter((frame): frame is EventFrame => frame.type === 'event' && frame.session_id === sessionId);
}

/** Sends a message and resolves with its stored event once the server has acknowledged it. */
export async function say(socket: RawWebSocket, sessionId: string, text: string): Promise<{ id: string; seq: number }> {
  const events = [{ type: 'user.message', content: [{ type: 'text', text }] }];
  const answer = await socket.request({ type: 'session.send', session_id: sessionId, events });
  if (answer.type !== 'reply') throw new Error(`The message is refused: ${JSON.stringify(answer)}`);
  const [stored] = (answer.result as { events: { id: string; seq: number }[] }).events;
  if (stored === undefined) throw new Error('The server acknowledged no event');
  return stored;
}

/** Resolves with the text that the agent answered, when its turn has ended. */
export async function waitForAnswer(socket: RawWebSocket, after: number, timeoutMs = 60_000): Promise<string> {
  const isLater = (frame: ServerFrame): frame is EventFrame => frame.type === 'event' && frame.seq > after;
  await socket.waitFor((frame) => isLater(frame) && frame.event.type === 'session.status_idle', timeoutMs);
  return socket.frames
    .filter(isLater)
    .flatMap(({ event }) => (event.type === 'agent.message' ? event.content : []))
    .map((block) => ('text' in block ? block.text : ''))
    .join('\n');
}

/**
 * Reads an event stream until `isEnough` of the times, in milliseconds of `performance.now()`, at which its chunks arrived.
 * @throws Error when the stream is refused or ends before.
 */
export async function readStream(
  person: Person,
  path: string,
  { onOpen, isEnough }: { onOpen: () => Promise<unknown>; isEnough: (arrivals: readonly number[]) => boolean },
): Promise<{ arrivals: number[]; type: string | null }> {
  const answer = await person.request(path);
  if (!answer.ok || answer.body === null) throw new Error(`${path} answers ${answer.status}`);
  const arrivals: number[] = [];
  await onOpen();
  for await (const chunk of answer.body) {
    if (Buffer.from(chunk as Uint8Array).includes('event_delta')) arrivals.push(performance.now());
    if (isEnough(arrivals)) return { arrivals, type: answer.headers.get('content-type') };
  }
  throw new Error(`${path} ended after ${arrivals.length} chunks`);
}
