import { CspError, type SessionEvent } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { ModelCallListener, ModelRetry } from '../model-gateway/session-tokens.ts';
import { stampEvent } from '../journal/stamp-event.ts';

export interface ModelRetriesDeps {
  clock: Clock;
  /** Stores events in the session's order, if its turn still runs by then. */
  announce(events: () => SessionEvent[]): void;
  /** Whether the session's status is still `rescheduling`. */
  isRescheduled(): boolean;
  /** Whether the session waits for people: then its status does not change. */
  waitsForPeople(): boolean;
}

/** Model calls of this session that wait in the model gateway for their next attempt. */
export class ModelRetries implements Pick<ModelCallListener, 'onRetryWait' | 'onRetryWaitEnd'> {
  readonly #deps: ModelRetriesDeps;
  readonly #waits = new Set<ModelRetry>();

  constructor(deps: ModelRetriesDeps) {
    this.#deps = deps;
  }

  /** Whether a model call waits for its retry. */
  get isWaiting(): boolean {
    return this.#waits.size > 0;
  }

  /** Ends every wait. @throws CspError `state_conflict` when nothing waits. */
  retryNow(): void {
    if (!this.isWaiting) {
      throw new CspError(
        'state_conflict',
        'No model request of this session waits for a retry. It may have been retried already',
      );
    }
    for (const wait of this.#waits) wait.retryNow();
  }

  onRetryWait(retry: ModelRetry): void {
    this.#waits.add(retry);
    const { clock, announce, waitsForPeople } = this.#deps;
    announce(() => {
      const [error, scheduled] = toRetryEvents(clock, retry);
      if (retry.isContinued) return [scheduled];
      return [
        error,
        ...(waitsForPeople() ? [] : [stampEvent(clock, { type: 'session.status_rescheduled' })]),
        scheduled,
      ];
    });
  }

  onRetryWaitEnd(retry: ModelRetry, outcome: 'retried' | 'abandoned'): void {
    this.#waits.delete(retry);
    if (outcome === 'abandoned') return;
    const { clock, announce, isRescheduled } = this.#deps;
    announce(() => (!this.isWaiting && isRescheduled() ? [stampEvent(clock, { type: 'session.status_running' })] : []));
  }
}

/** For a longer wait, people are told when it ends. */
const LONG_WAIT_MS = 60_000;

function toRetryEvents(clock: Clock, retry: ModelRetry): [SessionEvent, SessionEvent] {
  const { attempt, maxAttempts, delayMs, statusCode, isAskedFor, isOutage } = retry;
  const retryAt = new Date(retry.retryAtMs).toISOString();
  const why = statusCode === null ? 'it could not be reached' : `status ${statusCode}`;
  const failed =
    isAskedFor && delayMs > LONG_WAIT_MS
      ? `The model asks to wait until ${retryAt} (${why})`
      : `A model request failed (${why})`;
  const message = isOutage ? 'The model API does not answer. This turn goes on when it does' : failed;
  return [
    stampEvent(clock, {
      type: 'session.error',
      error: { type: toErrorType(statusCode), message, retry_status: { type: 'retrying' } },
    }),
    stampEvent(clock, {
      type: 'session.retry_scheduled',
      attempt,
      max_attempts: maxAttempts,
      retry_delay_ms: delayMs,
      retry_at: retryAt,
      error_status: statusCode,
      can_retry_now: true,
      ...(isAskedFor && { asked_by_model: true }),
      ...(isOutage && { is_outage: true }),
    }),
  ];
}

function toErrorType(statusCode: number | null) {
  if (statusCode === 429) return 'model_rate_limited_error';
  return statusCode === 529 ? 'model_overloaded_error' : 'model_request_failed_error';
}
