import type { BackgroundTask } from '@claude-sdk-pattern/protocol';

import { REPORT_PREFIX } from '../hooks/held-report.ts';
import type { UptimeClock } from '../lib/clock.ts';

/** The CLI (2.1.332) begins within milliseconds; a message that waits for it does not wait longer. */
const START_WAIT_MS = 5000;

const TELLS_END = /<status>(?:completed|failed)<\/status>/;

/** What the agent is told of tasks that have ended. */
export interface TaskReport {
  taskIds: readonly string[];
  text: string;
}

interface Noted {
  task: BackgroundTask;
  /** The CLI tells the subagent that started it, while that works. */
  isOfSubagent: boolean;
}

/**
 * The reports of tasks that have ended by themselves beside the conversation. In an idle session the CLI begins a turn with the
 * report, and a message that comes later waits until that turn is over: else its answer would stand in it. In a running turn the CLI
 * would put the report between two steps. It asks the hook `UserPromptSubmit` before, which refuses, and the report begins a turn of its own.
 */
export interface TaskReports {
  /** Whether the agent is about to begin by itself, at most for `START_WAIT_MS`. */
  readonly isDue: boolean;
  /** Whether a report waits for a turn of its own, which the platform begins. */
  readonly isHeld: boolean;
  /** A task has ended by itself. The CLI is about to tell the agent. */
  note(task: BackgroundTask, options: { isTurnRunning: boolean; isOfSubagent?: boolean }): void;
  /** The CLI is about to tell the agent this. True where it must not, because a turn runs: then it is told afterwards. */
  hold(prompt: string, options: { isTurnRunning: boolean }): boolean;
  /** Whether a task that this names has been noted, or the prompt tells of no end. */
  isKnown(prompt: string): boolean;
  /** The running turn has ended. What the CLI has not told in it, it tells now. */
  turnEnded(): void;
  /** The agent has begun by itself. Returns the tasks of which it is told. */
  take(): string[];
  /** What was held, as one report; undefined where nothing was. */
  takeHeld(): TaskReport | undefined;
  /** Reports that a dead server has not told. */
  restore(tasks: readonly BackgroundTask[]): void;
  /** The process is gone, and what it has not told with it: that is held. */
  loseProcess(): void;
  /** The session is closed. */
  close(): void;
}

/** `onOverdue` is called where the agent has not begun in time. */
export function createTaskReports(deps: { clock: UptimeClock; onOverdue(): void }): TaskReports {
  let noted: Noted[] = [];
  let begun: string[] = [];
  let held: TaskReport[] = [];
  let dueUntilMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const stopWaiting = () => {
    clearTimeout(timer);
    dueUntilMs = undefined;
  };
  const wait = () => {
    stopWaiting();
    dueUntilMs = deps.clock.uptimeMs() + START_WAIT_MS;
    timer = setTimeout(() => {
      stopWaiting();
      noted = [];
      begun = [];
      deps.onOverdue();
    }, START_WAIT_MS).unref();
  };

  const findNamed = (prompt: string) =>
    noted.filter(({ task }) => prompt.includes(`<task-id>${task.task_id}</task-id>`));

  return {
    get isDue() {
      return dueUntilMs !== undefined && deps.clock.uptimeMs() < dueUntilMs;
    },
    get isHeld() {
      return held.length > 0;
    },
    note(task, { isTurnRunning, isOfSubagent = false }) {
      noted.push({ task, isOfSubagent });
      if (!isTurnRunning) wait();
    },
    isKnown: (prompt) => !TELLS_END.test(prompt) || findNamed(prompt).length > 0,
    hold(prompt, { isTurnRunning }) {
      const named = findNamed(prompt);
      if (named.length === 0) return false;
      noted = noted.filter((each) => !named.includes(each));
      const taskIds = named.map(({ task }) => task.task_id);
      if (isTurnRunning) held.push({ taskIds, text: prompt });
      else begun.push(...taskIds);
      return isTurnRunning;
    },
    turnEnded() {
      noted = noted.filter(({ isOfSubagent }) => !isOfSubagent);
      if (noted.length > 0) wait();
    },
    take() {
      stopWaiting();
      // A hook that was not asked in time is no reason to name nothing.
      const taken = begun.length > 0 ? begun : noted.map(({ task }) => task.task_id);
      noted = noted.filter(({ task }) => !taken.includes(task.task_id));
      begun = [];
      return taken;
    },
    takeHeld() {
      const taken = held;
      held = [];
      if (taken.length === 0) return undefined;
      return { taskIds: taken.flatMap(({ taskIds }) => taskIds), text: taken.map(({ text }) => text).join('\n') };
    },
    restore(tasks) {
      held.push(...tasks.map(toReport));
    },
    loseProcess() {
      stopWaiting();
      held.push(...noted.flatMap(({ task, isOfSubagent }) => (isOfSubagent ? [] : [toReport(task)])));
      noted = [];
      begun = [];
    },
    close() {
      stopWaiting();
    },
  };
}

/** In the words of the CLI, which has not said it. */
function toReport({ task_id, status, description, exit_code }: BackgroundTask): TaskReport {
  const code = exit_code === null ? '' : ` (exit code ${exit_code})`;
  const summary = `Background command "${description}" ${status}${code}`;
  const text = `${REPORT_PREFIX}\n<task-id>${task_id}</task-id>\n<status>${status}</status>\n<summary>${summary}</summary>\n</task-notification>`;
  return { taskIds: [task_id], text };
}
