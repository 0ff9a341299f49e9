import type { TurnCost } from './turn-usage.ts';

/** The state of a session's turn. Times are server uptime. */
export type Turn =
  /** Nothing happens since then. */
  | { state: 'idle'; sinceMs: number }
  | {
      state: 'running';
      number: number;
      startedAtMs: number;
      /** `user.message` events that the turn took; empty when the agent went on by itself. */
      messageIds: readonly string[];
      /** When it was told to stop; undefined while it may go on. */
      interruptedAtMs: number | undefined;
      /** How often a process died in this turn. */
      deaths: number;
      /** Cost of the processes that died in this turn. */
      lost: TurnCost;
      /** Whether an error that retrying did not mend is in the journal, and no answer behind it. */
      failed: boolean;
      /** When the process last gave a sign of life. */
      lastActivityMs: number;
    };

export type RunningTurn = Extract<Turn, { state: 'running' }>;

/** A turn whose process died this often is given up. */
export const MAX_DEATHS_PER_TURN = 3;

/** A process that was told to stop its turn and has not done so for this long is killed. */
export const INTERRUPT_WAIT_MS = 10_000;
