import type { BackgroundTask } from '@claude-sdk-pattern/protocol';

import { t } from '../messages/index.ts';

/** The most tasks that are kept after their end. */
const MAX_ENDED = 20;

/** The tasks after an event that holds all that run and those that have just ended. Pure. */
export function foldTasks(before: readonly BackgroundTask[], told: readonly BackgroundTask[]): BackgroundTask[] {
  const ids = new Set(told.map(({ task_id: id }) => id));
  const all = [...before.filter(({ task_id: id }) => !ids.has(id)), ...told];
  const ended = all.filter(({ status }) => status !== 'running').slice(-MAX_ENDED);
  return [...all.filter(({ status }) => status === 'running'), ...ended];
}

/** How a task has ended, to be read after its command. */
export function describeEnd({ status, exit_code: code, end_reason: reason }: BackgroundTask): string {
  if (reason !== undefined) return t.background.end.with(t.background.reasons[reason]);
  if (status === 'stopped') return t.background.end.stopped;
  return status === 'failed' ? t.background.end.failed(code) : t.background.end.completed(code);
}

/** How a task has ended, as a sentence. */
export function describeTaskEnd(task: BackgroundTask): string {
  const { description: name, status, exit_code: code, end_reason: reason } = task;
  if (reason !== undefined) return t.background.endedWith(name, t.background.reasons[reason]);
  if (status === 'stopped') return t.background.stopped(name);
  if (status === 'failed') return t.background.failed(name, code);
  return t.background.completed(name);
}
