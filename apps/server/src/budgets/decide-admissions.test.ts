import { expect, it } from 'vitest';

import type { BudgetState } from '../store/budgets.ts';
import { decideAdmissions } from './decide-admissions.ts';

const toState = (id: string, given: Partial<BudgetState> = {}): BudgetState => ({
  ...{ id, scope: 'platform', targetId: '', period: 'total', limitMicroUsd: 100, warnAt: null, version: 1 },
  ...{ fallback: null, createdAt: '', updatedAt: '', spentMicroUsd: 0, unpriced: 0, reservedMicroUsd: 0 },
  ...given,
});

const decide = (states: BudgetState[], ...asked: [estimateMicroUsd: number, ...budgetIds: string[]][]) =>
  decideAdmissions(
    asked.map(([estimateMicroUsd, ...budgetIds], index) => ({
      callId: String(index),
      budgetIds,
      estimateMicroUsd,
      mayReserveAhead: true,
    })),
    states,
  ).map(({ state }) => state);

it('admits what fits beside what is spent and reserved, and lets the rest wait', () => {
  const states = [toState('a', { spentMicroUsd: 40, reservedMicroUsd: 20 })];
  expect(decide(states, [30, 'a'], [10, 'a'], [1, 'a'])).toEqual(['admitted', 'admitted', 'waiting']);
});

it('admits one call that does not fit where nothing is in flight, so that the budget is used up', () => {
  expect(decide([toState('a', { spentMicroUsd: 99 })], [500, 'a'], [1, 'a'])).toEqual(['admitted', 'waiting']);
  expect(decide([toState('a', { spentMicroUsd: 100 })], [1, 'a'])).toEqual(['reached']);
});

it('lets no small call overtake a large one in the same budget, and holds up nobody in another', () => {
  const states = [toState('a', { reservedMicroUsd: 50 }), toState('b', { reservedMicroUsd: 1 }), toState('c')];
  expect(decide(states, [60, 'a', 'b'], [10, 'a'], [10, 'b'], [10, 'c', 'a'], [10, 'c'])).toEqual([
    ...['waiting', 'waiting', 'admitted', 'waiting', 'admitted'],
  ]);
});

it('has a call refused by any of its budgets, and limited by none that was deleted', () => {
  const states = [toState('a'), toState('b', { limitMicroUsd: 0 })];
  expect(decide(states, [1, 'a', 'b'], [1, 'a'], [1, 'gone'])).toEqual(['reached', 'admitted', 'admitted']);
});
