import { expect, it } from 'vitest';

import type { BudgetState } from '../store/budgets.ts';
import { createModelLimits } from '../usage/price-call.ts';
import { LIST_PRICES } from '../usage/price-table.ts';
import { findFall, findFallbackProblem } from './find-fallback.ts';

const BLIND = { input: 1, output: 1, cacheRead: 1, cacheWrite: 1, cacheWrite1h: 1, webSearch: 0 };
const findLimits = createModelLimits({
  version: 'own',
  models: { ...LIST_PRICES.models, blind: { ...BLIND, lacks: ['images'], contextTokens: 9 } },
});

const toState = (spentMicroUsd: number, model: string | null, at = 0.8): BudgetState => ({
  ...{ id: 'bdgt_1', scope: 'user', targetId: 'ann', period: 'day', limitMicroUsd: 10_000_000, warnAt: null },
  ...{ version: 1, createdAt: '', updatedAt: '', unpriced: 0, reservedMicroUsd: 0, spentMicroUsd },
  fallback: model === null ? null : { at, model },
});
const find = (...states: BudgetState[]) =>
  findFall(states, { findLimits, findEnd: () => '2026-12-01T00:00:00.000Z', timeZone: 'UTC' });

it('asks for the cheaper model from its share on, and says until when', () => {
  expect(find(toState(7_999_999, 'claude-haiku-4-5'), toState(9_000_000, null))).toBeUndefined();
  expect(find(toState(0, 'claude-haiku-4-5'), toState(8_000_000, 'claude-haiku-4-5'))).toEqual({
    model: 'claude-haiku-4-5',
    contextTokens: 200_000,
    sentence:
      '80 % of the daily budget of this user, $10.00, are used. This session goes on with claude-haiku-4-5 until ' +
      '2026-12-01 00:00 (UTC), or until the limit is raised',
  });
});

it('never asks for a model that has no price, or lacks what agents need', () => {
  expect(find(toState(9_000_000, 'unknown'), toState(9_000_000, 'blind'))).toBeUndefined();
  expect(findFallbackProblem('unknown', findLimits)).toContain('has no price');
  expect(findFallbackProblem('blind', findLimits)).toContain('takes no images');
  expect(findFallbackProblem('claude-haiku-4-5-20251001', findLimits)).toBeUndefined();
});
