import { CspError } from '@claude-sdk-pattern/protocol';

import { describeExit } from '../agent-process/describe-exit.ts';
import type { ReachedBudget } from '../budgets/reached-budget.ts';
import type { Exit } from '../hosts/exit.ts';
import { INTERRUPT_WAIT_MS, MAX_EXITS_PER_TURN, type RunningTurn, type Turn } from './turn.ts';
import { sumUsage, type TurnCost } from './turn-usage.ts';

/** What happens to the turn of a session. Times are server uptime. */
export type TurnInput =
  /** The events that begin the turn are committed. */
  | { type: 'begun'; turn: RunningTurn }
  /** Activity of the process or, in an idle session, of a person. */
  | { type: 'touched'; atMs: number }
  /** The journal has an error without further retries, or an answer after it. */
  | { type: 'failure_told'; failed: boolean }
  /** A budget has refused a model call of the turn. */
  | { type: 'budget_reached'; reached: ReachedBudget }
  /** A person or the server asks the turn to stop. */
  | { type: 'interrupt_asked'; atMs: number; isProcessLive: boolean }
  | { type: 'swept'; atMs: number }
  /** The process reports the end of the turn. `isExplained`: its events say already why it failed. */
  | { type: 'ended'; outcome: 'completed' | 'failed'; isExplained: boolean }
  /** The process has ended; `used` is its unreported usage. */
  | { type: 'process_gone'; exit: Exit; used: TurnCost }
  /** The process was ended while the turn waits for people; `used` is its unreported usage. */
  | { type: 'process_let_go'; used: TurnCost }
  /** The events that end the turn are committed. */
  | { type: 'finished'; atMs: number };

/** What the caller has to do, in this order. */
export type TurnEffect =
  | { type: 'interrupt_process' }
  /** No process is live that could be interrupted: the session releases the one that is queued or starting. */
  | { type: 'release_process' }
  | { type: 'kill_process' }
  /** The turn continues with a new process. */
  | { type: 'restart_process'; afterMs: number; exit: Exit }
  | {
      type: 'finish';
      outcome: 'completed' | 'interrupted' | 'failed';
      /** Stored before the end when no event has said why the turn failed. */
      error?: CspError | 'unknown';
      /** The agent may not have received the turn's messages: they are checked before the next message. */
      keepMessages: boolean;
    };

export interface TurnStep {
  turn: Turn;
  effects: readonly TurnEffect[];
}

/** Errors after which a new process would fail too: there is no free place, or the transcript is at its limit. */
const UNRECOVERABLE_CODES: ReadonlySet<string> = new Set(['overloaded', 'too_large']);
const RESTART_DELAY_MS = 1000;

/** The next state of a turn, and what has to be done. Pure. An input that does not fit the state changes nothing. */
export function stepTurn(turn: Turn, input: TurnInput): TurnStep {
  if (input.type === 'begun') return { turn: input.turn, effects: [] };
  if (turn.state === 'idle') {
    return { turn: input.type === 'touched' ? { state: 'idle', sinceMs: input.atMs } : turn, effects: [] };
  }
  switch (input.type) {
    case 'touched':
      return { turn: { ...turn, lastActivityMs: input.atMs }, effects: [] };
    case 'failure_told':
      return { turn: { ...turn, failed: input.failed }, effects: [] };
    case 'budget_reached':
      return { turn: { ...turn, reached: input.reached }, effects: [] };
    case 'interrupt_asked':
      return interrupt(turn, input);
    case 'swept':
      return { turn, effects: isOverdue(turn, input.atMs) ? [{ type: 'kill_process' }] : [] };
    case 'ended':
      return { turn, effects: [toEnd(turn, input)] };
    case 'process_gone':
      return continueOrFinish({ ...turn, exits: turn.exits + 1, lost: sumUsage(turn.lost, input.used) }, input.exit);
    case 'process_let_go':
      return { turn: { ...turn, lost: sumUsage(turn.lost, input.used) }, effects: [] };
    case 'finished':
      return { turn: { state: 'idle', sinceMs: input.atMs }, effects: [] };
  }
}

function interrupt(
  turn: RunningTurn,
  { atMs, isProcessLive }: Extract<TurnInput, { type: 'interrupt_asked' }>,
): TurnStep {
  const isFirst = turn.interruptedAtMs === undefined;
  const next = { ...turn, interruptedAtMs: turn.interruptedAtMs ?? atMs };
  if (isProcessLive) return { turn: next, effects: [{ type: 'interrupt_process' }] };
  return { turn: next, effects: isFirst ? [{ type: 'release_process' }] : [] };
}

function isOverdue({ interruptedAtMs }: RunningTurn, atMs: number): boolean {
  return interruptedAtMs !== undefined && atMs - interruptedAtMs > INTERRUPT_WAIT_MS;
}

function toEnd(turn: RunningTurn, { outcome, isExplained }: Extract<TurnInput, { type: 'ended' }>): TurnEffect {
  if (turn.interruptedAtMs !== undefined) return { type: 'finish', outcome: 'interrupted', keepMessages: false };
  if (outcome === 'completed' && !turn.failed) return { type: 'finish', outcome: 'completed', keepMessages: false };
  const isTold = turn.failed || isExplained;
  return { type: 'finish', outcome: 'failed', keepMessages: false, ...(!isTold && { error: 'unknown' as const }) };
}

/** The process of the turn has ended: the turn continues with another one, or ends. */
function continueOrFinish(turn: RunningTurn, exit: Exit): TurnStep {
  if (turn.interruptedAtMs !== undefined) {
    return { turn, effects: [{ type: 'finish', outcome: 'interrupted', keepMessages: true }] };
  }
  const error = findReasonToGiveUp(turn, exit);
  if (error !== undefined) {
    return { turn, effects: [{ type: 'finish', outcome: 'failed', error, keepMessages: true }] };
  }
  const afterMs = turn.exits === 1 ? 0 : RESTART_DELAY_MS * turn.exits;
  return { turn, effects: [{ type: 'restart_process', afterMs, exit }] };
}

function findReasonToGiveUp({ exits }: RunningTurn, exit: Exit): CspError | undefined {
  if (exit.error instanceof CspError && UNRECOVERABLE_CODES.has(exit.error.code)) return exit.error;
  if (exits < MAX_EXITS_PER_TURN) return undefined;
  const text = `The agent process ended ${exits} times in this turn: ${describeExit(exit)}. Nothing is lost; send a message to continue`;
  return new CspError('process_failed', text);
}
