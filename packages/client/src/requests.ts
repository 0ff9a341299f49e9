import { MAX_FRAME_BYTES } from '@claude-sdk-pattern/protocol/limits';
import type { ClientFrame, ClientFrameOf, ErrorFrame, ReplyResults } from '@claude-sdk-pattern/protocol';

import { ClientError, toClientError } from './client-error.ts';
import type { Clock } from './clock.ts';
import { retryDelayMs } from './retry-policy.ts';

/** More requests than this without an answer mean that nobody waits for them any more; further ones are refused. */
const MAX_PENDING = 256;

export interface RequestsDeps {
  transmit(text: string): boolean;
  clock: Clock;
  random(): number;
}

export interface RequestOptions {
  /** False for requests that make no sense on another connection; they fail with it. */
  resend?: boolean;
  /** Requests in one lane are sent one after another, each when the one before it is answered. */
  lane?: string | undefined;
}

export type ResultOf<T extends ClientFrame['type']> = T extends keyof ReplyResults ? ReplyResults[T] : undefined;

export interface Requests {
  /**
   * Sends a frame and resolves with the `result` of its reply. The same frame is sent again after every reconnect until
   * it is answered; the server answers a repeated id with the first answer. Rejects with a ClientError.
   */
  request<T extends ClientFrame['type']>(frame: ClientFrameOf<T>, options?: RequestOptions): Promise<ResultOf<T>>;
  resolve(id: string, result: unknown): void;
  fail(frame: ErrorFrame): void;
  connected(): void;
  disconnected(): void;
  close(error: ClientError): void;
}

interface Pending {
  text: string;
  resend: boolean;
  lane: string | undefined;
  progress: 'unsent' | 'sent' | 'waiting';
  tries: number;
  cancelWait(): void;
  resolve(result: unknown): void;
  reject(error: ClientError): void;
}

/** Matches answers to requests by the id that both carry. */
export function createRequests({ transmit, clock, random }: RequestsDeps): Requests {
  const pending = new Map<string, Pending>();
  let closedBy: ClientError | undefined;

  function add(frame: ClientFrame, { resend = true, lane }: RequestOptions): Promise<unknown> {
    const text = JSON.stringify(frame);
    const refusal = closedBy ?? findRefusal(text, pending.size);
    if (refusal) return Promise.reject(refusal);
    return new Promise((resolve, reject) => {
      const entry: Pending = { text, resend, lane, progress: 'unsent', tries: 0, cancelWait: () => {}, resolve, reject };
      pending.set(frame.id, entry);
      pump();
    });
  }

  /** Sends what may be sent, oldest first. */
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
    pending.delete(id);
    entry?.cancelWait();
    return entry;
  }

  return {
    request: <T extends ClientFrame['type']>(frame: ClientFrameOf<T>, options: RequestOptions = {}) =>
      add(frame as ClientFrame, options) as Promise<ResultOf<T>>,
    resolve(id, result) {
      take(id)?.resolve(result);
      pump();
    },
    fail(frame) {
      const entry = frame.id === null ? undefined : pending.get(frame.id);
      if (!entry || frame.id === null) return;
      const error = toClientError(frame);
      entry.tries += 1;
      const delayMs = retryDelayMs(error, entry.tries, random);
      if (delayMs === undefined) {
        take(frame.id)?.reject(error);
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
        if (!entry.resend) take(id)?.reject(new ClientError('connection_closed', 'The connection was lost.'));
      }
    },
    close(error) {
      closedBy = error;
      for (const id of pending.keys()) take(id)?.reject(error);
    },
  };
}

function findRefusal(text: string, pendingCount: number): ClientError | undefined {
  if (pendingCount >= MAX_PENDING) {
    return new ClientError('overloaded_error', `${MAX_PENDING} requests wait for an answer; try again later.`);
  }
  const bytes = new TextEncoder().encode(text).byteLength;
  // The server closes the connection on such a frame, and the resend would close the next one, for ever.
  if (bytes > MAX_FRAME_BYTES) {
    return new ClientError('request_too_large', `The request has ${bytes} bytes; at most ${MAX_FRAME_BYTES} can be sent.`, {
      details: { bytes, max_bytes: MAX_FRAME_BYTES },
    });
  }
  return undefined;
}
