import type { Timers } from '../lib/timers.ts';

export interface TimeLimit {
  timeLimitMs: number;
  timers: Timers;
  /** Ends the wait as well. */
  signal: AbortSignal;
}

/** Somebody waited for as long as they could. */
export class TimeLimitError extends Error {}

/**
 * Waits for an answer no longer than the limit. The signal that `start` gets is aborted when nobody waits any more; what
 * comes after that is dropped. An answer that is no promise is handed on at once, without a timer.
 * @throws TimeLimitError when it takes longer; the signal's reason when that aborts first; whatever `start` throws.
 */
export function withinTimeLimit<Answer>(
  start: (signal: AbortSignal) => Answer | Promise<Answer>,
  { timeLimitMs, timers, signal }: TimeLimit,
): Answer | Promise<Answer> {
  signal.throwIfAborted();
  const abandoned = new AbortController();
  const answer = start(abandoned.signal);
  // Also one of another library: whatever `await` would wait for is held to the limit.
  if (!isThenable(answer)) return answer;
  const first = Promise.withResolvers<Answer>();
  const giveUp = (error: unknown) => {
    first.reject(error);
    abandoned.abort(error);
  };
  const stopWaiting = () => giveUp(signal.reason);
  const cancelTimer = timers.after(timeLimitMs, () => giveUp(new TimeLimitError(`No answer within ${timeLimitMs} ms`)));
  if (signal.aborted) stopWaiting();
  else signal.addEventListener('abort', stopWaiting, { once: true });
  Promise.resolve(answer).then(first.resolve, first.reject);
  return first.promise.finally(() => {
    cancelTimer();
    signal.removeEventListener('abort', stopWaiting);
  });
}

function isThenable<Answer>(answer: Answer | Promise<Answer>): answer is Promise<Answer> {
  return typeof (answer as { then?: unknown } | null | undefined)?.then === 'function';
}
