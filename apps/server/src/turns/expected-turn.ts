import type { UptimeClock } from '../lib/clock.ts';

/** The CLI (2.1.332) begins within milliseconds; a message that waits for it does not wait longer. */
const START_WAIT_MS = 5000;

/**
 * The turn that the agent is about to begin by itself, because tasks beside the conversation have ended. Claude Code puts the
 * report before a message that comes later, so a message waits until that turn is over: else its answer would stand in it.
 */
export interface ExpectedTurn {
  /** Whether the agent is about to begin; from the end of the running turn on, at most for `START_WAIT_MS`. */
  readonly isDue: boolean;
  /** A task has ended by itself, and the agent is told. */
  note(taskId: string, isTurnRunning: boolean): void;
  /** The running turn has ended. What the agent was not told in it, it is told now. */
  turnEnded(): void;
  /** The agent asks the model: it has been told. Returns the tasks of which. */
  take(): string[];
  /** Its process is gone, or the session is closed. */
  drop(): void;
}

/** `onOverdue` is called where the agent has not begun in time. */
export function createExpectedTurn(deps: { clock: UptimeClock; onOverdue(): void }): ExpectedTurn {
  let taskIds: string[] = [];
  let dueUntilMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const drop = () => {
    clearTimeout(timer);
    dueUntilMs = undefined;
    taskIds = [];
  };
  const wait = () => {
    clearTimeout(timer);
    dueUntilMs = deps.clock.uptimeMs() + START_WAIT_MS;
    timer = setTimeout(() => {
      drop();
      deps.onOverdue();
    }, START_WAIT_MS).unref();
  };

  return {
    get isDue() {
      return dueUntilMs !== undefined && deps.clock.uptimeMs() < dueUntilMs;
    },
    note(taskId, isTurnRunning) {
      taskIds.push(taskId);
      if (!isTurnRunning) wait();
    },
    turnEnded() {
      if (taskIds.length > 0) wait();
    },
    take() {
      const taken = taskIds;
      drop();
      return taken;
    },
    drop,
  };
}
