import { CLOSE_ACCESS_CHANGED } from '@claude-sdk-pattern/protocol/limits';
import type { ClientFrame, ErrorFrame, ServerFrame } from '@claude-sdk-pattern/protocol';

import type { ClientError } from './client-error.ts';
import type { Clock } from './clock.ts';
import { createFollowStream } from './follow-stream.ts';
import { createFrameQueue } from './frame-queue.ts';
import type { Fetch } from './http.ts';
import { exchangeFrames } from './sse-exchange.ts';
import type { WebSocketLike } from './web-socket.ts';

const CODE_LOST = 1006;
const CODE_NORMAL = 1000;

export interface SseSocketOptions {
  fetch: Fetch;
  /** `/api/v1/chat` of the server. */
  url: string;
  headers: Record<string, string>;
  clock: Clock;
}

type Listeners = {
  open: (() => void)[];
  message: ((event: { data: unknown }) => void)[];
  close: ((event: { code: number; reason: string }) => void)[];
  error: (() => void)[];
};

/**
 * The wire contract over HTTP, with the interface of a WebSocket. Requests carry frames to the server, one at a time
 * and in order. One event stream carries the frames of all followed sessions back; it is opened again when these
 * change.
 */
export function openSseSocket({ fetch, url, headers, clock }: SseSocketOptions): WebSocketLike {
  const listeners: Listeners = { open: [], message: [], close: [], error: [] };
  const requests = new AbortController();
  const waiting = createFrameQueue();
  let posting = false;
  let state: 'opening' | 'open' | 'closed' = 'opening';

  const exchange = (frames: readonly ClientFrame[], signal: AbortSignal, onFrame: (frame: ServerFrame) => void) =>
    exchangeFrames(frames, {
      fetch,
      url,
      headers,
      clock,
      signal,
      onFrame: (frame) => (isRevocation(frame) ? end(CLOSE_ACCESS_CHANGED) : onFrame(frame)),
    });
  const emit = (frame: ServerFrame) => {
    if (state !== 'closed') listeners.message.forEach((listener) => listener({ data: frame }));
  };
  const stream = createFollowStream({ exchange, clock, onFrame: emit, onLost: () => end(CODE_LOST) });

  function end(code: number): void {
    if (state === 'closed') return;
    state = 'closed';
    waiting.clear();
    requests.abort();
    stream.close();
    listeners.close.forEach((listener) => listener({ code, reason: '' }));
  }

  async function open(): Promise<void> {
    let pong: ServerFrame | undefined;
    await exchange([{ type: 'ping', id: 'open' }], requests.signal, (frame) => (pong = frame));
    if (state !== 'opening') return;
    if (pong === undefined) return end(CODE_LOST);
    state = 'open';
    listeners.open.forEach((listener) => listener());
    // An answer over HTTP got through, which is what the first frame proves of a WebSocket.
    emit(pong);
  }

  async function post(): Promise<void> {
    if (posting) return;
    posting = true;
    while (!waiting.isEmpty) {
      const batch = waiting.takeBatch();
      const unanswered = new Set(batch.map(({ id }) => id));
      const result = await exchange(batch, requests.signal, (frame) => {
        if ('id' in frame && frame.id !== null) unanswered.delete(frame.id);
        emit(frame);
      });
      if (result.ended === 'refused') {
        for (const id of unanswered) emit(toErrorFrame(id, result.error));
      } else if (unanswered.size > 0) {
        end(CODE_LOST);
      }
    }
    posting = false;
  }

  void open();

  return {
    send(data) {
      if (state !== 'open') return;
      const frame = JSON.parse(data) as ClientFrame;
      switch (frame.type) {
        case 'session.attach':
        case 'sessions.watch':
        case 'session.detach':
          stream.change(frame);
          if (frame.type === 'session.detach') emit({ type: 'reply', id: frame.id, result: {} });
          return;
        default:
          waiting.push(frame, data.length);
          void post();
      }
    },
    close: () => end(CODE_NORMAL),
    addEventListener<T extends keyof Listeners>(type: T, listener: Listeners[T][number]) {
      (listeners[type] as (typeof listener)[]).push(listener);
    },
  };
}

function toErrorFrame(id: string, { type, message, details, retryAfterMs }: ClientError): ErrorFrame {
  return {
    type: 'error',
    id,
    error: { type: type as never, message, ...(details && { details }) },
    ...(retryAfterMs !== undefined && { retry_after_ms: retryAfterMs }),
  };
}

/** The credential, or a share, has ended; over a WebSocket the close code says so. */
function isRevocation(frame: ServerFrame): boolean {
  if (frame.type !== 'error' || frame.id !== null) return false;
  return frame.error.type === 'authentication_error' || frame.error.type === 'permission_error';
}
