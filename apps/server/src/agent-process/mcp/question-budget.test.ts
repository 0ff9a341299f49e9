import { expect, it } from 'vitest';

import { createQuestionBudget } from './question-budget.ts';

it('gives so many questions to a call, so many to a minute, and so much text', () => {
  let nowMs = 0;
  const budget = createQuestionBudget(() => nowMs);
  const take = (count: number, chars = 10) =>
    Array.from({ length: count }, () => budget.take(chars)).filter(Boolean).length;
  expect(take(1)).toBe(0);
  budget.noteCallStart();
  expect(take(100)).toBe(20);
  budget.noteCallsEnd();
  budget.noteCallStart();
  expect(take(100)).toBe(10);
  nowMs += 60_000;
  expect(take(100, 100_000)).toBe(4);
  expect(take(100)).toBe(0);
  nowMs += 60_000;
  expect(take(100)).toBe(6);
});
