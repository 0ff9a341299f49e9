import { expect, it } from 'vitest';

import type { BudgetFall } from '../budgets/find-fallback.ts';
import { createFallbackModel } from './fallback-model.ts';

function openStage() {
  const stage = {
    fall: undefined as BudgetFall | undefined,
    contextTokens: 0,
    ownModel: 'dear' as string | undefined,
    done: [] as string[],
  };
  const model = createFallbackModel({
    budgets: { findFall: () => stage.fall && Promise.resolve(stage.fall) },
    spender: () => ({ ownerId: 'ann' }),
    ownModel: () => stage.ownModel,
    readContextTokens: async () => stage.contextTokens,
    setModel: (next) => void stage.done.push(`set ${next}`),
    tell: async (text) => void stage.done.push(text),
  });
  return { stage, model };
}

const CHEAP: BudgetFall = { model: 'cheap', contextTokens: 1000, sentence: 'Nearly used up' };

it('goes on with the cheaper model while a budget asks for it, and says so once', async () => {
  const { stage, model } = openStage();
  expect(model.check()).toBeUndefined();
  stage.fall = CHEAP;
  await model.check();
  await model.check();
  expect(model.model).toBe('cheap');
  expect(['cheap-20260101', 'other'].map(model.findReplaced)).toEqual(['dear', undefined]);
  stage.fall = undefined;
  await model.check();
  expect([model.model, model.findReplaced('cheap')]).toEqual([undefined, undefined]);
  expect(stage.done).toEqual([
    ...['set cheap', 'Nearly used up'],
    ...['set dear', 'The budget has room again. This session goes on with dear'],
  ]);
});

it('stays with its own model where the conversation is too long for the cheaper one, or where it is that one', async () => {
  const { stage, model } = openStage();
  stage.fall = CHEAP;
  stage.contextTokens = 801;
  await model.check();
  stage.contextTokens = 800;
  stage.ownModel = 'cheap';
  await model.check();
  expect(stage.done).toEqual([]);
  stage.ownModel = undefined;
  await model.check();
  expect(model.findReplaced('cheap')).toBe('default');
});
