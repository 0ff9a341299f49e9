import { once } from 'node:events';
import { Agent, request as openRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';

import { ERROR_CODES } from '@claude-sdk-pattern/protocol';

import { drawInteger, pick } from './draw-json.ts';
import { drawRequest, type FuzzRequest } from './draw-request.ts';
import type { FuzzDeps } from './frame-fuzzer.ts';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Empty if the answer is a stream. */
  body: string;
}

const AT_ONCE = 8;
const TIMEOUT_MS = 30_000;
const SHOWN_CHARS = 240;
/** The error types that the table of errors allows for a status. */
const TYPES: ReadonlyMap<number, { type: string }[]> = Map.groupBy(Object.values(ERROR_CODES), ({ status }) => status);

/** Sends requests, a few at a time, and checks each answer against the protocol. */
export async function fuzzRequests(count: number, { server, sessionId, random, tally }: FuzzDeps): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      const asked = drawRequest(random, { sessionId, apiKey: server.apiKey });
      tally.add(`request.${asked.kind}`);
      const answer = await send(server.url, asked, agent).catch((error: unknown) => String(error));
      const found = typeof answer === 'string' ? answer : findViolation(answer, asked);
      if (typeof answer !== 'string') tally.add(`status.${answer.status}`);
      if (found !== undefined) tally.problem('requests.wrong', `${describe(asked)}: ${found}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  agent.destroy();
}

/** Input that is not HTTP, or only at its beginning: the server answers with the envelope or cuts the connection. */
export async function fuzzBytes(count: number, { server, random, tally }: FuzzDeps): Promise<void> {
  const host = new URL(server.url).host;
  for (let made = 0; made < count; made += 1) {
    const text = pick(random, [
      'GET\r\n\r\n',
      `GET / HTTP/9.9\r\nHost: ${host}\r\n\r\n`,
      `G@T / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      'GET / HTTP/1.1\r\n\r\n',
      `GET / HTTP/1.1\r\nHost: ${host}\r\nBad Header: x\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: ${host}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      `POST /api/v1/chat HTTP/1.1\r\nHost: ${host}\r\nContent-Length: -1\r\n\r\n`,
      `POST /api/v1/chat HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `POST /api/v1/chat HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      `GET /ws/v1/chat HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${server.apiKey}\r\nSec-WebSocket-Version: 99\r\nSec-WebSocket-Key: x\r\n\r\n`,
      `GET /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      `GET /ws/v1/chat HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
      String.fromCharCode(...Array.from({ length: 1 + drawInteger(random, 80) }, () => drawInteger(random, 256))),
    ]);
    tally.add('request.broken HTTP');
    const answer = await exchange(server.url, text).catch((error: unknown) => String(error));
    const found = judgeRaw(answer);
    if (found !== undefined) tally.problem('requests.wrong', `${JSON.stringify(text.slice(0, 120))}: ${found}`);
  }
}

/** What is wrong with an answer by the protocol; undefined if it is right. Pure. */
function findViolation({ status, headers, body }: Answer, { method }: Pick<FuzzRequest, 'method'>): string | undefined {
  const shown = `${status} ${body.slice(0, SHOWN_CHARS)}`;
  const types = TYPES.get(status)?.map(({ type }) => type);
  if (status < 400) return headers['request-id'] === undefined ? `without a request-id: ${shown}` : undefined;
  if (types === undefined || status === 500) return `no status of the protocol: ${shown}`;
  if (method === 'HEAD') return undefined;
  let envelope: { type?: unknown; error?: { type?: unknown; message?: unknown }; request_id?: unknown };
  try {
    envelope = JSON.parse(body) as typeof envelope;
  } catch {
    return `no envelope: ${shown}`;
  }
  const isEnvelope = envelope.type === 'error' && typeof envelope.error?.message === 'string';
  if (!isEnvelope) return `no envelope: ${shown}`;
  if (!types.some((type) => type === envelope.error?.type)) return `another type than the status says: ${shown}`;
  const isNamed = typeof envelope.request_id === 'string' && envelope.request_id === headers['request-id'];
  return isNamed ? undefined : `request-id ${String(headers['request-id'])} in the header: ${shown}`;
}

function send(base: string, asked: FuzzRequest, agent: Agent): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const { method, path, body } = asked;
  const headers = { ...asked.headers, ...(body && { 'content-length': String(body.length) }) };
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path, headers, agent, timeout: TIMEOUT_MS };
    let isAnswered = false;
    const request = openRequest(options, (response) => {
      isAnswered = true;
      readAnswer(response).then(resolve, reject);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' });
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The server may refuse a request that is still being sent.
      if (isAnswered) return;
      // The server may close an idle connection at the moment when it is used again.
      const isRace = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (isRace) resolve(send(base, asked, agent));
      else reject(error);
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const { statusCode: status = 0, headers } = response;
  if (headers['content-type'] === 'text/event-stream') {
    response.destroy();
    return { status, headers, body: '' };
  }
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status, headers, body: Buffer.concat(chunks).toString() };
}

/** All bytes that the server answers to the given bytes. */
async function exchange(base: string, text: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy());
  socket.on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    // The server has answered, and would keep the connection open.
    socket.end();
  });
  socket.end(Buffer.from(text, 'latin1'));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

function judgeRaw(text: string): string | undefined {
  if (text === '') return undefined;
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = rest.join('\r\n\r\n');
  return findViolation({ status, headers, body }, { method: 'GET' });
}

function describe({ method, path, headers, body, signedIn }: FuzzRequest): string {
  const shown = body === undefined ? '' : ` ${JSON.stringify(body.subarray(0, 120).toString())}`;
  const { authorization: _, 'x-api-key': __, ...rest } = headers;
  return `${method} ${path.slice(0, 160)}${shown} ${JSON.stringify(rest).slice(0, 120)}${signedIn ? '' : ' (not signed in)'}`;
}
