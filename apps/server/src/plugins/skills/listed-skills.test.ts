import { expect, it } from 'vitest';

import { findCut } from '../registry/find-cut.ts';
import { toListBudget, toListedChars } from './listed-skills.ts';

it.each([
  [undefined, 30_000],
  ['opus', 30_000],
  ['claude-haiku-5-5', 30_000],
  ['somebody-elses-model', 30_000],
  ['claude-haiku-4-5-20251001', 8000],
  ['claude-sonnet-4.6', 8000],
  ['claude-sonnet-4-6[1m]', 40_000],
  // The CLI takes the newest opus for it.
  ['claude-opus-4-1', 30_000],
])('knows what descriptions share with the model %s', (model, budget) => {
  expect(toListBudget(model)).toBe(budget);
});

it.each([
  [{ description: ' Greets ' }, 6],
  [{ description: 5 }, 1],
  [{ description: 'Greets', when_to_use: 'often' }, 14],
  [{ description: 'x'.repeat(2000) }, 1536],
  [{}, undefined],
  [{ description: ['a'] }, undefined],
  [{ description: 'Greets', 'disable-model-invocation': true }, undefined],
])('knows what of %j is listed', (fields, chars) => {
  expect(toListedChars(fields)).toBe(chars);
});

it('tells a plugin which of its skills are left out, with every model or with some', () => {
  const toPlugin = (name: string, listedChars: number) => ({
    name,
    parts: ['a', 'b'].map((each) => ({ kind: 'skill' as const, name: each, listedChars })),
  });
  const messagesOf = (...plugins: Parameters<typeof toPlugin>[]) =>
    [...findCut(plugins.map((each) => toPlugin(...each)))].map(([name, [problem]]) => `${name}: ${problem?.message}`);
  expect(messagesOf(['one', 100], ['two', 100])).toEqual([]);
  expect(messagesOf(['one', 600], ['two', 1000])).toEqual([
    expect.stringMatching(/^two: .* names of 2 of its skills and commands with models that hold 200,000 tokens.*two:a/),
  ]);
  expect(messagesOf(['one', 1536], ['two', 20_000])).toEqual([
    expect.stringMatching(/^two: .* names of 1 of its skills and commands with every model.*two:b/),
  ]);
});
