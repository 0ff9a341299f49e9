import type { CspError, SessionEvent } from '@claude-sdk-pattern/protocol';

import type { TranslationSignal } from '../agent-process/translate/translation.ts';
import type { Clock } from '../lib/clock.ts';
import type { SessionUsage } from '../store/sessions.ts';
import { stampEvent } from './stamp-event.ts';
import type { RunningTurn } from './turn.ts';

export interface TurnEnd {
  turn: Pick<RunningTurn, 'number'>;
  durationMs: number;
  outcome: 'completed' | 'interrupted' | 'failed';
  /** Of the session, this turn included. */
  usage: SessionUsage;
  /** What the process said at the end; absent where it had no time to. */
  ended: Extract<TranslationSignal, { type: 'turn_ended' }> | undefined;
}

/** The events that end a turn, in the order of the protocol. */
export function toTurnEndEvents(clock: Clock, { turn, durationMs, outcome, usage, ended }: TurnEnd): SessionEvent[] {
  return [
    stampEvent(clock, {
      type: 'session.usage',
      cost_usd: usage.costUsd,
      cache_creation_input_tokens: usage.cacheWriteTokens,
      usage: {
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cache_read_input_tokens: usage.cacheReadTokens,
        active_seconds: usage.activeSeconds,
      },
    }),
    stampEvent(clock, {
      type: 'session.turn_completed',
      turn: turn.number,
      outcome,
      duration_ms: Math.round(durationMs),
      cost_usd: ended?.costUsd ?? 0,
      input_tokens: ended?.usage.inputTokens ?? 0,
      output_tokens: ended?.usage.outputTokens ?? 0,
      cache_read_input_tokens: ended?.usage.cacheReadInputTokens ?? 0,
      cache_creation_input_tokens: ended?.usage.cacheCreationInputTokens ?? 0,
      changed_files: [...(ended?.changedFiles ?? [])],
    }),
    stampEvent(clock, {
      type: 'session.status_idle',
      stop_reason: { type: outcome === 'failed' ? 'retries_exhausted' : 'end_turn' },
      stop_details: null,
    }),
  ];
}

/** An error that no retry of ours mends. Where there is no room, `cause` says when another try is worth it. */
export function toExhaustedError(clock: Clock, message: string, cause?: CspError): SessionEvent {
  const error = { type: 'unknown_error', message, retry_status: { type: 'exhausted' } } as const;
  if (cause?.code !== 'overloaded') return stampEvent(clock, { type: 'session.error', error });
  // Of the platform, not of the model, so under the protocol's own name, which the SDK's type does not have.
  const overloaded = { ...error, type: cause.type as typeof error.type, retry_after_ms: cause.retryAfterMs };
  return stampEvent(clock, { type: 'session.error', error: overloaded });
}
