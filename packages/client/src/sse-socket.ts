import { CLOSE_ACCESS_CHANGED, MAX_FRAMES_PER_REQUEST, MAX_FRAME_BYTES } from '@claude-sdk-pattern/protocol/limits';
import type { ClientFrame, ServerFrame } from '@claude-sdk-pattern/protocol';

import type { Clock } from './clock.ts';
import { createFollowedSessions } from './followed-sessions.ts';
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
  const followed = createFollowedSessions();
  let waiting: { frame: ClientFrame; chars: number }[] = [];
  let posting = false;
  let stream: AbortController | undefined;
  let cancelRestart: (() => void) | undefined;
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

  function end(code: number): void {
    if (state === 'closed') return;
    state = 'closed';
    waiting = [];
    cancelRestart?.();
    requests.abort();
    stream?.abort();
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
    while (waiting.length > 0) {
      const batch = takeBatch();
      const unanswered = new Set(batch.map(({ id }) => id));
      const result = await exchange(batch, requests.signal, (frame) => {
        if ('id' in frame && frame.id !== null) unanswered.delete(frame.id);
        emit(frame);
      });
      if (result.ended === 'refused') {
        const { type, message, details, retryAfterMs } = result.error;
        const error = { type: type as never, message, ...(details && { details }) };
        const retry = retryAfterMs === undefined ? {} : { retry_after_ms: retryAfterMs };
        for (const id of unanswered) emit({ type: 'error', id, error, ...retry });
      } else if (unanswered.size > 0) {
        end(CODE_LOST);
      }
    }
    posting = false;
  }

  function takeBatch(): ClientFrame[] {
    const batch: ClientFrame[] = [];
    let chars = 0;
    while (batch.length < MAX_FRAMES_PER_REQUEST) {
      const next = waiting[0];
      // Half of what the server takes: a character may be two bytes or more. A single frame was measured before.
      if (!next || (batch.length > 0 && chars + next.chars > MAX_FRAME_BYTES / 2)) break;
      waiting.shift();
      batch.push(next.frame);
      chars += next.chars;
    }
    return batch;
  }

  async function startStream(): Promise<void> {
    cancelRestart = undefined;
    stream?.abort();
    const frames = followed.toFrames();
    if (state === 'closed' || frames.length === 0) return;
    const current = (stream = new AbortController());
    await exchange(frames, current.signal, (frame) => {
      const verdict = followed.receive(frame);
      if (verdict === 'broken') end(CODE_LOST);
      else if (verdict === 'pass') emit(frame);
    });
    // Nothing can be followed any more: the server has answered everything and ended the stream.
    if (stream === current && !current.signal.aborted && followed.toFrames().length > 0) end(CODE_LOST);
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
          followed.change(frame);
          // Sessions are attached to one after the other in one tick; one stream serves them.
          cancelRestart ??= clock.after(0, () => void startStream());
          if (frame.type === 'session.detach') emit({ type: 'reply', id: frame.id, result: {} });
          return;
        default:
          waiting.push({ frame, chars: data.length });
          void post();
      }
    },
    close: () => end(CODE_NORMAL),
    addEventListener<T extends keyof Listeners>(type: T, listener: Listeners[T][number]) {
      (listeners[type] as (typeof listener)[]).push(listener);
    },
  };
}

/** The credential has ended; over a WebSocket the close code says so. */
function isRevocation(frame: ServerFrame): boolean {
  return frame.type === 'error' && frame.id === null && frame.error.type === 'authentication_error';
}
