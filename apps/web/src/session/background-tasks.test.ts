import type { BackgroundTask } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { describeEnd, describeTaskEnd, foldTasks } from './background-tasks.ts';

const toTask = (id: string, ended: Partial<BackgroundTask> = {}): BackgroundTask => ({
  ...{ task_id: id, kind: 'command', description: `Task ${id}`, command: 'true', event_id: null, status: 'running' },
  ...{ started_at: '2026-01-01T00:00:00.000Z', ended_at: null, exit_code: null, ...ended },
});

it('knows every task in its newest state, those that run first, and forgets old ends', () => {
  const many = Array.from({ length: 30 }, (_, at) => toTask(`old${at}`, { status: 'completed' }));
  const before = foldTasks(many, [toTask('serve'), toTask('build')]);
  const after = foldTasks(before, [toTask('serve'), toTask('build', { status: 'failed', exit_code: 3 })]);
  expect(after[0]).toEqual(toTask('serve'));
  expect(after.filter(({ status }) => status !== 'running')).toHaveLength(20);
  expect(after.at(-1)).toMatchObject({ task_id: 'build', status: 'failed' });
});

it('says how a task ended, and why where it ended with its process', () => {
  const end = (ended: Partial<BackgroundTask>) => describeTaskEnd(toTask('a', { description: 'Serve', ...ended }));
  expect(end({ status: 'failed', exit_code: 3 })).toBe('In the background: “Serve” failed with exit code 3.');
  expect(end({ status: 'stopped' })).toBe('In the background: “Serve” was stopped.');
  expect(end({ status: 'stopped', end_reason: 'server_restarted' })).toContain('the server was restarted');
});

it('says how a task ended in the words that follow its command', () => {
  const end = (ended: Partial<BackgroundTask>) => describeEnd(toTask('a', ended));
  expect(end({ status: 'completed', exit_code: 0 })).toBe('ended, exit 0');
  expect(end({ status: 'completed' })).toBe('ended');
  expect(end({ status: 'failed', exit_code: 3 })).toBe('failed, exit 3');
  expect(end({ status: 'stopped' })).toBe('was stopped');
  expect(end({ status: 'stopped', end_reason: 'memory' })).toMatch(/^has ended, because .*memory$/);
});
