import type { CspError, SessionEvent } from '@claude-sdk-pattern/protocol';

import type { Refusal } from '../agent-process/translate/refusal.ts';
import type { Clock } from '../lib/clock.ts';
import { toMicroUsd, toUsd } from '../lib/money.ts';
import type { SessionUsage } from '../store/sessions.ts';
import { stampEvent } from '../journal/stamp-event.ts';
import type { RunningTurn } from './turn.ts';
import type { TurnCost } from './turn-usage.ts';

export interface TurnEnd {
  turn: Pick<RunningTurn, 'number' | 'reached'>;
  durationMs: number;
  outcome: 'completed' | 'interrupted' | 'failed';
  /** Usage of the session, including this turn. */
  usage: SessionUsage;
  /** What the model calls of this turn have used. */
  used: TurnCost;
  /** What Claude Code says that the turn has used; undefined when its process ended without a report. */
  reported: { costUsd: number } | undefined;
  /** Paths relative to the workspace. Empty when the process ended without a report. */
  changedFiles: readonly string[];
  /** Why the model refused, if that is why the turn failed. */
  refusal: Refusal | null;
}

/** The events that end a turn, in the order of the protocol. */
export function toTurnEndEvents(
  clock: Clock,
  { turn, durationMs, outcome, usage, used, reported, changedFiles, refusal }: TurnEnd,
): SessionEvent[] {
  const reportedMicroUsd = findReportedCost({ used, reported });
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
      cost_usd: toUsd(used.costMicroUsd),
      ...(used.unpriced > 0 && { unpriced_requests: used.unpriced }),
      ...(reportedMicroUsd !== undefined && { reported_cost_usd: toUsd(reportedMicroUsd) }),
      input_tokens: used.usage.inputTokens,
      output_tokens: used.usage.outputTokens,
      cache_read_input_tokens: used.usage.cacheReadInputTokens,
      cache_creation_input_tokens: used.usage.cacheCreationInputTokens,
      changed_files: [...changedFiles],
    }),
    stampEvent(clock, {
      type: 'session.status_idle',
      stop_reason: { type: toStopReason({ turn, outcome, refusal }) },
      stop_details: outcome === 'failed' ? refusal : null,
    }),
  ];
}

function toStopReason({ turn, outcome, refusal }: Pick<TurnEnd, 'turn' | 'outcome' | 'refusal'>) {
  if (outcome !== 'failed') return 'end_turn';
  if (refusal !== null) return 'refusal';
  return turn.reached === undefined ? 'retries_exhausted' : 'budget_reached';
}

/** Claude Code's own figure, in micro-dollars, where it is another. It counts in floating point, so half of one is none. */
export function findReportedCost({ used, reported }: Pick<TurnEnd, 'used' | 'reported'>): number | undefined {
  const microUsd = reported && toMicroUsd(reported.costUsd);
  return microUsd === used.costMicroUsd ? undefined : microUsd;
}

/** An error without further retries. When no agent process was free, `cause` says when to try again. */
export function toExhaustedError(clock: Clock, message: string, cause?: CspError): SessionEvent {
  const error = { type: 'unknown_error', message, retry_status: { type: 'exhausted' } } as const;
  if (cause?.code !== 'overloaded') return stampEvent(clock, { type: 'session.error', error });
  // The platform is overloaded, not the model. The protocol has this error type; the SDK's type lacks it.
  const overloaded = { ...error, type: cause.type as typeof error.type, retry_after_ms: cause.retryAfterMs };
  return stampEvent(clock, { type: 'session.error', error: overloaded });
}
