import { once } from 'node:events';

import type { ErrorFrame, PongFrame, ReplyFrame, ServerFrame } from '@claude-sdk-pattern/protocol';
import type { TestServer } from '@claude-sdk-pattern/testkit';
import { WebSocket } from 'ws';

import type { Random } from '../random.ts';
import type { Tally } from '../soak/tally.ts';
import { drawFrame, type FuzzFrame } from './draw-frame.ts';

type Answer = ReplyFrame | ErrorFrame | PongFrame;

export interface FuzzDeps {
  server: Pick<TestServer, 'url' | 'apiKey'>;
  /** An existing session. */
  sessionId: string;
  random: Random;
  tally: Tally;
}

/** How many frames wait for their answers at the same time. */
const BATCH = 64;
const ANSWER_TIMEOUT_MS = 30_000;
/** How many characters of an input a problem shows. */
const SHOWN_CHARS = 200;

/** Sends frames on one connection, which has to answer each in order and stay open. */
export async function fuzzFrames(count: number, { server, sessionId, random, tally }: FuzzDeps): Promise<void> {
  const socket = new WebSocket(new URL('/ws/v1/chat', server.url.replace('http', 'ws')), {
    headers: { authorization: `Bearer ${server.apiKey}` },
  });
  await once(socket, 'open');
  let expected: FuzzFrame[] = [];
  let done = Promise.withResolvers<void>();
  const receive = (frame: ServerFrame) => {
    if (frame.type !== 'reply' && frame.type !== 'error' && frame.type !== 'pong') return;
    const asked = expected.shift();
    if (asked === undefined) tally.problem('frames.unasked', JSON.stringify(frame).slice(0, SHOWN_CHARS));
    else judge(asked, frame, tally);
    if (expected.length === 0) done.resolve();
  };
  socket.on('message', (data: Buffer) => receive(JSON.parse(data.toString()) as ServerFrame));
  socket.on('close', (code) => done.reject(new Error(`The connection was closed with ${code}`)));
  socket.on('error', () => undefined);

  for (let sent = 0; sent < count; sent += BATCH) {
    done = Promise.withResolvers<void>();
    expected = Array.from({ length: Math.min(BATCH, count - sent) }, (_, index) =>
      drawFrame(random, sessionId, `f${Math.floor(random() * 2 ** 40).toString(36)}-${sent + index}`),
    );
    const batch = [...expected];
    const timer = setTimeout(() => done.reject(new Error('no answer')), ANSWER_TIMEOUT_MS);
    for (const { kind, data } of batch) {
      tally.add(`frame.${kind}`);
      sendInPieces(socket, data, random);
    }
    try {
      await done.promise;
    } catch (error) {
      const first = expected[0];
      tally.problem('frames.unanswered', `${String(error)}: ${first?.kind} ${show(first?.data ?? '')}`);
      break;
    } finally {
      clearTimeout(timer);
    }
  }
  socket.removeAllListeners('close');
  socket.terminate();
}

/** Sometimes sends a message as several fragments. */
function sendInPieces(socket: WebSocket, data: string | Buffer, random: Random): void {
  const binary = typeof data !== 'string';
  const bytes = Buffer.from(data as string);
  if (random() > 0.1 || bytes.length < 2) return socket.send(bytes, { binary });
  const at = Math.floor(random() * bytes.length);
  socket.send(bytes.subarray(0, at), { binary, fin: false });
  return socket.send(bytes.subarray(at), { binary, fin: true });
}

function judge(asked: FuzzFrame, answer: Answer, tally: Tally): void {
  const where = `${asked.kind} ${show(asked.data)} got ${JSON.stringify(answer).slice(0, SHOWN_CHARS)}`;
  tally.add(`answer.${answer.type === 'error' ? answer.error.type : answer.type}`);
  if (answer.id !== asked.id) tally.problem('frames.wrongId', where);
  if (answer.type === 'error' && answer.error.type === 'api_error') tally.problem('frames.ourFault', where);
  const isRefused = answer.type === 'error' && answer.error.type === 'invalid_request_error';
  if (asked.isInvalid && !isRefused) tally.problem('frames.taken', where);
}

function show(data: string | Buffer): string {
  return JSON.stringify(data.toString()).slice(0, SHOWN_CHARS);
}
