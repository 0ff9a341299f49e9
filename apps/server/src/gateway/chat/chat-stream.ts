import type { OutgoingHttpHeaders } from 'node:http';

import type { ErrorFrame } from '@claude-sdk-pattern/protocol';
import type { FastifyReply } from 'fastify';

import { ChatConnection, type ChatConnectionDeps } from './chat-connection.ts';
import type { ChatPeer } from './chat-socket.ts';
import { cutAfterCloseTimeout } from '../entrance/close-timeout.ts';
import { OPENING_COMMENT } from '../entrance/opening-comment.ts';
import { createSendQueue } from './send-queue.ts';

export interface ChatStreamDeps extends Omit<ChatConnectionDeps, 'queue' | 'attachesCreated' | 'onRevoked'> {
  reply: FastifyReply;
  /** All frames of the request. The client cannot send more on this stream. */
  frames: readonly unknown[];
  /** Called when the client is cut off because it fell too far behind. */
  onSlow?(): void;
}

/** Keeps proxies from closing the stream, and lets the client see that it is alive. */
const PING_INTERVAL_MS = 15_000;

/**
 * Answers the frames of one request as server-sent events, each the JSON of one server frame. The stream stays open
 * while the client follows something; otherwise it ends with the last answer.
 */
export function serveChatStream({ reply, frames, onSlow, ...deps }: ChatStreamDeps): ChatPeer {
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, {
    ...(reply.getHeaders() as OutgoingHttpHeaders),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  raw.write(OPENING_COMMENT);

  const queue = createSendQueue(
    {
      send: (data, done) =>
        void (raw.destroyed || raw.writableEnded ? done() : raw.write(`data: ${data.toString()}\n\n`, () => done())),
    },
    // A stream has no close codes: the client notices the end and attaches again.
    {
      onOverflow() {
        onSlow?.();
        raw.destroy();
      },
    },
  );
  let cancelCut = (): void => {};
  const connection = new ChatConnection({
    ...deps,
    queue,
    attachesCreated: false,
    onRevoked(refusal) {
      const frame: ErrorFrame = { type: 'error', id: null, error: refusal.toBody() };
      // Nothing is written after this: later answers are dropped.
      raw.end(`event: error\ndata: ${JSON.stringify(frame)}\n\n`);
      cancelCut = cutAfterCloseTimeout(() => raw.destroy());
    },
  });
  const pinger = setInterval(() => {
    if (!raw.writableEnded) raw.write(': ping\n\n');
  }, PING_INTERVAL_MS);
  connection.start();
  raw.on('close', () => {
    cancelCut();
    clearInterval(pinger);
    connection.close();
  });
  raw.on('error', (error) => deps.logger.debug({ err: error }, 'a client stream failed'));

  void answerAll();

  async function answerAll(): Promise<void> {
    for (const frame of frames) await connection.receive(() => frame);
    if (!connection.isFollowing && !raw.writableEnded) raw.end();
  }

  return { close: () => void raw.end(), cut: () => void raw.destroy() };
}
