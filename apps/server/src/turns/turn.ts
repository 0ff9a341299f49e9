import type { ReachedBudget } from '../budgets/reached-budget.ts';
import type { TurnCost } from './turn-usage.ts';

/** The state of a session's turn. Times are server uptime. */
export type Turn =
  /** The session is idle since then. */
  | { state: 'idle'; sinceMs: number }
  | {
      state: 'running';
      number: number;
      startedAtMs: number;
      /** The `user.message` events that the turn took; empty when the agent began by itself. */
      messageIds: readonly string[];
      /** When the turn was told to stop; undefined otherwise. */
      interruptedAtMs: number | undefined;
      /** How many agent processes have ended during this turn. */
      exits: number;
      /** Cost of the agent processes that have ended during this turn. */
      lost: TurnCost;
      /** Whether the journal has an error without further retries, and no answer after it. */
      failed: boolean;
      /** The budget that has refused a model call of the turn; undefined where none has. */
      reached: ReachedBudget | undefined;
      /** What the turn began with, where that is a report of the platform. */
      report: { uuid: string; content: string } | undefined;
      /** When the process was last active. */
      lastActivityMs: number;
    };

export type RunningTurn = Extract<Turn, { state: 'running' }>;

/** When this many agent processes have ended during a turn, the turn fails. */
export const MAX_EXITS_PER_TURN = 3;

/** A process that has not stopped its turn after this time is killed. */
export const INTERRUPT_WAIT_MS = 10_000;
