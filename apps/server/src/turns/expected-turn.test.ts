import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { createExpectedTurn } from './expected-turn.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function create() {
  const overdue = vi.fn<() => void>();
  return { overdue, expected: createExpectedTurn({ clock: { uptimeMs: () => Date.now() }, onOverdue: overdue }) };
}

it('is due from the report of an idle session on, until the agent has begun', () => {
  const { expected, overdue } = create();
  expected.note('a', false);
  expected.note('b', false);
  expect(expected.isDue).toBe(true);
  expect(expected.take()).toEqual(['a', 'b']);
  expect(expected.isDue).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(overdue).not.toHaveBeenCalled();
});

it('is due behind a turn in which the agent was not told any more, and never for ever', () => {
  const { expected, overdue } = create();
  expected.note('a', true);
  expect(expected.isDue).toBe(false);
  expected.turnEnded();
  expect(expected.isDue).toBe(true);
  vi.advanceTimersByTime(60_000);
  expect([expected.isDue, overdue.mock.calls.length, expected.take()]).toEqual([false, 1, []]);
});
