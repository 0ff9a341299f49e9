import { MAX_FRAME_BYTES } from '@claude-sdk-pattern/protocol/limits';
import type { ClientFrame, ClientFrameOf, ErrorFrame, ReplyResults } from '@claude-sdk-pattern/protocol';

import { ClientError, toClientError } from './client-error.ts';
import type { Clock } from './clock.ts';
import { retryDelayMs } from './retry-policy.ts';

/** More unanswered requests than this are refused. */
const MAX_PENDING = 256;
/** Bounds the memory of a page that stays disconnected for days. In UTF-16 units. */
const MAX_PENDING_CHARS = 16 * 1024 * 1024;

export interface RequestsDeps {
  transmit: (text: string) => boolean;
  clock: Clock;
  random: () => number;
}

export interface RequestOptions {
  /** False for requests that make no sense on another connection: they fail when theirs does. */
  resend?: boolean;
  /** Requests in one lane are sent one after another, each when the one before it is answered. */
  lane?: string | undefined;
}

export type ResultOf<T extends ClientFrame['type']> = T extends keyof ReplyResults ? ReplyResults[T] : undefined;

/** Called in the same tick in which the answer arrives, and so before the frames that follow it. */
export interface Answer<T extends ClientFrame['type']> {
  onResult: (result: ResultOf<T>) => void;
  onError: (error: ClientError) => void;
}

/** For a request whose answer does not matter. */
export const NO_ANSWER = { onResult() {}, onError() {} };

export interface Requests {
  /**
   * Sends a frame and passes on its answer. The same frame is sent again after every reconnect until it is answered;
   * the server answers a repeated id with the first answer.
   */
  start: <T extends ClientFrame['type']>(frame: ClientFrameOf<T>, answer: Answer<T>, options?: RequestOptions) => void;
  /** `start` as a promise; rejects with a ClientError. */
  request: <T extends ClientFrame['type']>(frame: ClientFrameOf<T>, options?: RequestOptions) => Promise<ResultOf<T>>;
  resolve: (id: string, result: unknown) => void;
  fail: (frame: ErrorFrame) => void;
  connected: () => void;
  disconnected: () => void;
  close: (error: ClientError) => void;
}

interface Pending {
  text: string;
  resend: boolean;
  lane: string | undefined;
  progress: 'unsent' | 'sent' | 'waiting';
  tries: number;
  cancelWait: () => void;
  answer: { onResult: (result: never) => void; onError: (error: ClientError) => void };
}

/** Matches answers to requests by the id that both carry. */
export function createRequests({ transmit, clock, random }: RequestsDeps): Requests {
  const pending = new Map<string, Pending>();
  let pendingChars = 0;
  let closedBy: ClientError | undefined;

  function start<T extends ClientFrame['type']>(
    frame: ClientFrameOf<T>,
    answer: Answer<T>,
    { resend = true, lane }: RequestOptions = {},
  ): void {
    const text = JSON.stringify(frame);
    // Another request uses this id. Taking its place would leave the first caller without an answer.
    if (pending.has(frame.id)) return answer.onError(toRepeatedError(frame.id));
    const refusal = closedBy ?? findRefusal(text, { count: pending.size, chars: pendingChars });
    if (refusal) return answer.onError(refusal);
    pendingChars += text.length;
    pending.set(frame.id, { text, resend, lane, progress: 'unsent', tries: 0, cancelWait: () => {}, answer });
    pump();
  }

  /** Sends what may be sent now, oldest first. */
  function pump(): void {
    const busyLanes = new Set<string>();
    for (const entry of pending.values()) {
      if (entry.lane !== undefined) {
        if (busyLanes.has(entry.lane)) continue;
        busyLanes.add(entry.lane);
      }
      if (entry.progress === 'unsent' && transmit(entry.text)) entry.progress = 'sent';
    }
  }

  function take(id: string): Pending | undefined {
    const entry = pending.get(id);
    if (!entry) return undefined;
    pending.delete(id);
    pendingChars -= entry.text.length;
    entry.cancelWait();
    return entry;
  }

  return {
    start,
    request: (frame, options) =>
      new Promise((resolve, reject) => start(frame, { onResult: resolve, onError: reject }, options)),
    resolve(id, result) {
      // The server answers a frame with the result of its type (ReplyResults).
      take(id)?.answer.onResult(result as never);
      pump();
    },
    fail(frame) {
      const entry = frame.id === null ? undefined : pending.get(frame.id);
      if (!entry || frame.id === null) return;
      const error = toClientError(frame);
      entry.tries += 1;
      const delayMs = retryDelayMs(error, entry.tries, random);
      if (delayMs === undefined) {
        take(frame.id)?.answer.onError(error);
      } else {
        entry.cancelWait();
        entry.progress = 'waiting';
        entry.cancelWait = clock.after(delayMs, () => {
          entry.progress = 'unsent';
          pump();
        });
      }
      pump();
    },
    connected: pump,
    disconnected() {
      for (const [id, entry] of pending) {
        entry.cancelWait();
        entry.progress = 'unsent';
        if (!entry.resend) take(id)?.answer.onError(new ClientError('connection_closed', 'The connection was lost.'));
      }
    },
    close(error) {
      closedBy = error;
      for (const id of pending.keys()) take(id)?.answer.onError(error);
    },
  };
}

function findRefusal(text: string, pending: { count: number; chars: number }): ClientError | undefined {
  if (pending.count >= MAX_PENDING || pending.chars + text.length > MAX_PENDING_CHARS) {
    return new ClientError('overloaded_error', `${pending.count} requests wait for an answer; try again later.`);
  }
  const bytes = new TextEncoder().encode(text).byteLength;
  // The server closes the connection on such a frame, and the resend would close the next one, for ever.
  if (bytes > MAX_FRAME_BYTES) {
    return new ClientError(
      'request_too_large',
      `The request has ${bytes} bytes; at most ${MAX_FRAME_BYTES} can be sent.`,
      {
        details: { bytes, max_bytes: MAX_FRAME_BYTES },
      },
    );
  }
  return undefined;
}

function toRepeatedError(id: string): ClientError {
  return new ClientError('invalid_request_error', `Request ${id} still waits for its answer; repeat it after that.`);
}
