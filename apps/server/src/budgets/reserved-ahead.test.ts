import { expect, it } from 'vitest';

import type { BudgetState } from '../store/budgets.ts';
import type { ReservedPart } from '../store/release-reservations.ts';
import { createReservedAhead, toAhead } from './reserved-ahead.ts';

const toState = (id: string, given: Partial<BudgetState> = {}): BudgetState => ({
  ...{ id, scope: 'platform', targetId: '', period: 'total', limitMicroUsd: 3200, warnAt: null, version: 1 },
  ...{ fallback: null, createdAt: '', updatedAt: '', spentMicroUsd: 0, unpriced: 0, reservedMicroUsd: 0 },
  ...given,
});

function open() {
  let nowMs = 0;
  const released: ReservedPart[] = [];
  const ahead = createReservedAhead(
    () => nowMs,
    (part) => void released.push({ reservationId: part.reservationId, microUsd: part.microUsd }),
  );
  return { ahead, released, pass: (ms: number) => void (nowMs += ms) };
}

it('reserves a share of the scarcest budget for calls to come, and nothing where that is too little for some', () => {
  const none = () => 0;
  expect(toAhead(1, [toState('a', { limitMicroUsd: 1_000_000 })], none)).toBe(32);
  expect(toAhead(50, [toState('a'), toState('b', { spentMicroUsd: 1000, reservedMicroUsd: 600 })], none)).toBe(100);
  expect(toAhead(50, [toState('a'), toState('b')], (id) => (id === 'b' ? 100 : 0))).toBe(100);
  expect(toAhead(51, [toState('a'), toState('b', { spentMicroUsd: 1600 })], none)).toBe(0);
  expect(toAhead(1, [toState('a', { spentMicroUsd: 4000 })], none)).toBe(0);
});

it('gives each call its part, and more where it cost more, until nothing is left', () => {
  const { ahead, released } = open();
  ahead.keep({ budgetIds: ['a', 'b'], reservationId: 'r1', microUsd: 100 });
  const take = (estimateMicroUsd: number, ...budgetIds: string[]) => ahead.take({ budgetIds, estimateMicroUsd });
  expect([take(10, 'a'), take(101, 'a', 'b')]).toEqual([undefined, undefined]);
  expect(take(60, 'a', 'b')).toEqual({ reservationId: 'r1', microUsd: 60 });
  expect(ahead.takeMore({ reservationId: 'r1', microUsd: 30 })).toBe(30);
  expect(ahead.takeMore({ reservationId: 'r1', microUsd: 30 })).toBe(10);
  expect(ahead.takeMore({ reservationId: 'other', microUsd: 30 })).toBe(0);
  expect(take(1, 'a', 'b')).toBeUndefined();
  expect(released).toEqual([]);
});

it('gives back what a new reservation replaces, what is asked for, what is long unused, and of scarce budgets', () => {
  const { ahead, released, pass } = open();
  const keep = (reservationId: string, ...budgetIds: string[]) =>
    ahead.keep({ budgetIds, reservationId, microUsd: 100 });
  keep('old', 'a');
  keep('new', 'a');
  expect(released.splice(0)).toEqual([{ reservationId: 'old', microUsd: 100 }]);
  keep('both', 'a', 'b');
  keep('far', 'c');
  expect([ahead.sumOf('a'), ahead.sumOf('b'), ahead.budgetIds]).toEqual([200, 100, ['a', 'b', 'c']]);
  expect([ahead.giveBack(['x']), ahead.giveBack(['b'])]).toEqual([false, true]);
  expect(released.splice(0)).toEqual([{ reservationId: 'both', microUsd: 100 }]);
  ahead.review([toState('a'), toState('c', { spentMicroUsd: 2450 })]);
  expect(released.splice(0)).toEqual([{ reservationId: 'far', microUsd: 100 }]);
  pass(60_001);
  ahead.review([toState('a')]);
  expect(released).toEqual([{ reservationId: 'new', microUsd: 100 }]);
});
