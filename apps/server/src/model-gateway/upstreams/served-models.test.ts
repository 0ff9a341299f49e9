import { expect, it } from 'vitest';

import { createModelTest, readModel } from './served-models.ts';

it.each([
  ['{"model":"claude-opus-5-5","messages":[]}', 'claude-opus-5-5'],
  ['{ "messages": [{"model":"no"}], "model": "claude-\\u006fpus" }', 'claude-opus'],
  ['{"model":"a\\u0062c"}', 'abc'],
  ['{"messages":[]}', undefined],
  ['{"model":7}', undefined],
  ['{"model":', undefined],
])('reads the model of a request: %s', (body, model) => {
  expect(readModel(Buffer.from(body))).toBe(model);
});

it('knows models by name, with stars', () => {
  const serves = createModelTest(['claude-opus-*', 'claude-haiku-4.5']);
  expect(['claude-opus-5-5', 'claude-opus-', 'claude-haiku-4.5'].map(serves)).toEqual([true, true, true]);
  expect(['my-claude-opus-5', 'claude-haiku-4x5', 'claude-sonnet-5'].map(serves)).toEqual([false, false, false]);
  expect(createModelTest(null)('any')).toBe(true);
});
