import type { Dispatcher } from 'undici';

/** Most bytes that wait for the reader before the upstream is told to pause. */
const MAX_WAITING_BYTES = 64 * 1024;

/** The head of an answer, and its body piece by piece. */
export interface UpstreamAnswer {
  statusCode: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: AnswerBody;
}

/** Yields all that arrived before it rejects with the error that followed. One reader. */
export interface AnswerBody extends AsyncIterableIterator<Buffer, undefined> {
  /** Gives the rest up, and the connection with it; does nothing when all of it has arrived. */
  cancel(): void;
}

/** A handler for undici's `dispatch` (8.13), and the answer that it receives. */
export interface AnswerReceiver {
  handler: Dispatcher.DispatchHandler;
  /** Rejects when no head comes, and with the reason of the signal. */
  answer: Promise<UpstreamAnswer>;
}

/**
 * Receives one answer. undici's own body drops unread data when the connection ends. Head, text and end of a broken
 * stream often arrive together, and the text would be lost.
 */
export function receiveAnswer(signal: AbortSignal): AnswerReceiver {
  const { promise: answer, resolve, reject } = Promise.withResolvers<UpstreamAnswer>();
  const waiting: Buffer[] = [];
  let waitingBytes = 0;
  let controller: Dispatcher.DispatchController | undefined;
  let end: { error?: unknown } | undefined;
  let wake = () => {};

  const finish = (how: { error?: unknown }) => {
    if (end !== undefined) return;
    end = how;
    signal.removeEventListener('abort', abort);
    if ('error' in how) reject(how.error);
    wake();
  };

  function abort(): void {
    waiting.length = 0;
    finish({ error: signal.reason });
    controller?.abort(toError(signal.reason));
  }

  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();

  const body: AnswerBody = {
    async next() {
      for (;;) {
        const chunk = waiting.shift();
        if (chunk !== undefined) {
          waitingBytes -= chunk.length;
          if (waitingBytes < MAX_WAITING_BYTES && controller?.paused === true) controller.resume();
          return { done: false, value: chunk };
        }
        if (end !== undefined) {
          if ('error' in end) throw end.error;
          return { done: true, value: undefined };
        }
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    },
    [Symbol.asyncIterator]: () => body,
    cancel() {
      if (end !== undefined) return;
      const error = new Error('Nobody reads the rest of this answer');
      finish({ error });
      controller?.abort(error);
    },
  };

  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(started) {
      controller = started;
      if (signal.aborted) started.abort(toError(signal.reason));
    },
    onResponseStart(_controller, statusCode, headers) {
      if (statusCode >= 200) resolve({ statusCode, headers, body });
    },
    onResponseData(current, chunk) {
      if (end !== undefined) return;
      waiting.push(chunk);
      waitingBytes += chunk.length;
      if (waitingBytes >= MAX_WAITING_BYTES) current.pause();
      wake();
    },
    onResponseEnd: () => finish({}),
    onResponseError: (_controller, error) => finish({ error }),
  };
  return { handler, answer };
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
