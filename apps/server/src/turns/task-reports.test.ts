import type { BackgroundTask } from '@claude-sdk-pattern/protocol';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createTaskReports } from './task-reports.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const RUNNING = { isTurnRunning: true };
const IDLE = { isTurnRunning: false };

function create() {
  const overdue = vi.fn<() => void>();
  return { overdue, reports: createTaskReports({ clock: { uptimeMs: () => Date.now() }, onOverdue: overdue }) };
}

const toTask = (id: string): BackgroundTask => ({
  ...{ task_id: id, kind: 'command', description: `Task ${id}`, command: 'false', event_id: null, status: 'failed' },
  ...{ started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:00:01.000Z', exit_code: 3 },
});

const toPrompt = (id: string) =>
  `<task-notification>\n<task-id>${id}</task-id>\n<status>failed</status>\n</task-notification>`;

it('are due from the report of an idle session on, until the agent has begun', () => {
  const { reports, overdue } = create();
  reports.note(toTask('a'), IDLE);
  expect(reports.isDue).toBe(true);
  expect(reports.hold(toPrompt('a'), IDLE)).toBe(false);
  expect(reports.take()).toEqual(['a']);
  expect(reports.isDue).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(overdue).not.toHaveBeenCalled();
});

it('are due behind a turn in which the agent was not told any more, and never for ever', () => {
  const { reports, overdue } = create();
  reports.note(toTask('a'), RUNNING);
  expect(reports.isDue).toBe(false);
  reports.turnEnded();
  expect(reports.isDue).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect([reports.isDue, overdue.mock.calls.length, reports.take()]).toEqual([false, 1, []]);
});

it('are held while a turn runs, and told together afterwards in the words that were held', () => {
  const { reports } = create();
  for (const id of ['a', 'b']) reports.note(toTask(id), RUNNING);
  for (const id of ['a', 'b']) expect(reports.hold(toPrompt(id), RUNNING)).toBe(true);
  reports.turnEnded();
  expect([reports.isDue, reports.isHeld]).toEqual([false, true]);
  expect(reports.takeHeld()).toEqual({ taskIds: ['a', 'b'], text: `${toPrompt('a')}\n${toPrompt('b')}` });
  expect([reports.isHeld, reports.takeHeld()]).toEqual([false, undefined]);
  // The platform says it now.
  expect(reports.hold(toPrompt('a'), RUNNING)).toBe(false);
});

it('hold back only the report that comes behind the one with which the agent has begun by itself', () => {
  const { reports } = create();
  for (const id of ['a', 'b']) reports.note(toTask(id), IDLE);
  reports.hold(toPrompt('a'), IDLE);
  expect(reports.take()).toEqual(['a']);
  expect(reports.hold(toPrompt('b'), RUNNING)).toBe(true);
  expect(reports.takeHeld()?.taskIds).toEqual(['b']);
});

it('are kept when the process is gone that was to tell them, in words of the platform', () => {
  const { reports } = create();
  reports.note(toTask('a'), RUNNING);
  reports.note(toTask('of a subagent'), { ...RUNNING, isOfSubagent: true });
  reports.loseProcess();
  expect(reports.takeHeld()).toMatchObject({
    taskIds: ['a'],
    text: expect.stringContaining('<summary>Background command "Task a" failed (exit code 3)</summary>') as string,
  });
});

it('know what a question is about once its task is noted, and ask nobody to wait for what tells no end', () => {
  const { reports } = create();
  expect(reports.isKnown(toPrompt('a'))).toBe(false);
  reports.note(toTask('a'), RUNNING);
  expect(reports.isKnown(toPrompt('a'))).toBe(true);
  expect(reports.isKnown('<task-notification>\n<task-id>b</task-id>\n<event>x</event>\n</task-notification>')).toBe(
    true,
  );
});
