import { expect, it } from 'vitest';

import { createRetryBudget } from './retry-budget.ts';

function createStage(percent = 10) {
  let nowMs = 0;
  const budget = createRetryBudget({ percent }, () => nowMs);
  return {
    budget,
    pass: (ms: number) => (nowMs += ms),
    takeAll: (count: number) => Array.from({ length: count }, () => budget.take()),
  };
}

it('gives what was saved at once, then two a second, and none for which that takes more than a minute', () => {
  const { takeAll } = createStage();
  const taken = takeAll(1000);
  expect(taken.slice(0, 22)).toEqual([...Array.from({ length: 20 }, () => 0), 500, 1000]);
  expect(taken.filter((waitMs) => waitMs !== undefined)).toHaveLength(20 + 120);
});

it('gives a share of the calls that are made', () => {
  const { budget, takeAll } = createStage(10);
  takeAll(20);
  for (let calls = 0; calls < 100; calls += 1) budget.earn();
  expect(takeAll(11)).toEqual([...Array.from({ length: 10 }, () => 0), 500]);
});

it('gets two more each second, and no more than it can save', () => {
  const { pass, takeAll } = createStage();
  takeAll(20);
  pass(1000);
  expect(takeAll(3)).toEqual([0, 0, 500]);
  pass(3_600_000);
  expect(takeAll(1000).filter((waitMs) => waitMs === 0)).toHaveLength(20);
});
