import { isExtensionEvent } from '@claude-sdk-pattern/protocol';
import type { FastifyReply } from 'fastify';

import type { Caller, SessionService } from '../../sessions/session-service.ts';

const PING_INTERVAL_MS = 15_000;
/** A reader with more than this waiting is cut off; it comes back with `Last-Event-ID`. */
const GIVE_UP_BYTES = 32 * 1024 * 1024;

/** Where the events come from. */
export type EventSource = Pick<SessionService, 'attach'>;

/** Streams a session's events as SSE with `event:` and `id:` (the `seq`) lines, until the client goes. */
export async function streamEvents(
  reply: FastifyReply,
  options: {
    sessions: EventSource;
    caller: Caller;
    sessionId: string;
    after: number;
    extensions: boolean;
    deltas: boolean;
  },
): Promise<void> {
  const { raw } = reply;
  const write = (text: string) => {
    if (raw.destroyed) return;
    raw.write(text);
    if (raw.writableLength > GIVE_UP_BYTES) raw.destroy();
  };
  let pinger: NodeJS.Timeout | undefined;
  const subscription = await options.sessions.attach(options.caller, options.sessionId, {
    after: options.after,
    onReady: () => {
      reply.hijack();
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
        'request-id': reply.request.id,
      });
      raw.flushHeaders();
      pinger = setInterval(() => write('event: ping\ndata: {"type":"ping"}\n\n'), PING_INTERVAL_MS);
    },
    subscriber: {
      onEvents(events) {
        for (const { seq, event } of events) {
          if (!options.extensions && isExtensionEvent(event)) continue;
          write(`event: ${event.type}\nid: ${seq}\ndata: ${JSON.stringify(event)}\n\n`);
        }
      },
      onPreview(preview) {
        if (options.deltas) write(`event: ${preview.type}\ndata: ${JSON.stringify(preview)}\n\n`);
      },
      async waitUntilWritable() {
        if (raw.writableNeedDrain)
          await new Promise<void>((resolve) => raw.once('drain', resolve).once('close', resolve));
      },
      onFailure: () => raw.destroy(),
    },
  });
  const release = () => {
    clearInterval(pinger);
    subscription.close();
  };
  // The client may have left while it was attached.
  if (raw.destroyed) release();
  else raw.on('close', release);
}
