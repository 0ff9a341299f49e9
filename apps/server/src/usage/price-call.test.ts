import { expect, it, test } from 'vitest';

import { NO_CALL_USAGE, type CallUsage } from './call-usage.ts';
import { createPriceCall, listUsableModels } from './price-call.ts';
import { LIST_PRICES } from './price-table.ts';

const price = createPriceCall(LIST_PRICES);
const priceOf = (usage: Partial<CallUsage>) => price({ ...NO_CALL_USAGE, ...usage }).microUsd;

it('prices each kind of token, and searches, in whole micro-dollars', () => {
  const model = 'claude-sonnet-4-5-20250929';
  expect(priceOf({ model, inputTokens: 1000 })).toBe(3000);
  expect(priceOf({ model, outputTokens: 1000 })).toBe(15_000);
  expect(priceOf({ model, cacheReadTokens: 1000 })).toBe(300);
  expect(priceOf({ model, cacheWriteTokens: 1000 })).toBe(3750);
  expect(priceOf({ model, cacheWriteTokens: 1000, cacheWrite1hTokens: 400 })).toBe(600 * 3.75 + 400 * 6);
  expect(priceOf({ model, webSearches: 3 })).toBe(30_000);
});

it('rounds each call once, half up', () => {
  const model = 'claude-opus-5-5';
  expect([1, 2, 3, 12, 13].map((tokens) => priceOf({ model, cacheReadTokens: tokens }))).toEqual([0, 0, 1, 2, 3]);
  // Three parts that each would be rounded down.
  expect(priceOf({ model: 'claude-sonnet-5-5', cacheReadTokens: 4, cacheWriteTokens: 1 })).toBe(3);
  expect(priceOf({ model: 'claude-haiku-5-5', inputTokens: 35 })).toBe(4);
});

it('charges more for a long prompt, for answers from one country, and has no price for fast ones', () => {
  expect(priceOf({ model: 'claude-haiku-5-5', inputTokens: 100_000 })).toBe(10_000);
  expect(priceOf({ model: 'claude-haiku-5-5', inputTokens: 1, cacheReadTokens: 100_000 })).toBe(5001);
  expect(priceOf({ model: 'claude-opus-5-5', inputTokens: 10, inferenceGeo: 'us' })).toBe(44);
  expect(priceOf({ model: 'claude-opus-5-5', inputTokens: 10, inferenceGeo: 'not_available' })).toBe(40);
  expect(priceOf({ model: 'claude-opus-5-5', inputTokens: 10, speed: 'standard' })).toBe(40);
  expect(priceOf({ model: 'claude-opus-5-5', inputTokens: 10, speed: 'fast' })).toBeNull();
});

test.each([
  ['claude-opus-5-5', 4],
  ['claude-opus-5-5-20261001', 4],
  ['us.anthropic.claude-opus-5-5-v1:0', 4],
  ['claude-opus-5-5@20261001', 4],
  ['claude-opus-5-5[1m]', 4],
  ['claude-opus-5', 5],
  ['claude-opus-4-20250514', 15],
  ['claude-opus-4-0', 15],
  ['claude-opus-4-9', null],
  ['claude-opus-5-55', null],
  ['not-claude-opus-5-5', null],
  ['gpt', null],
  ['constructor', null],
])('knows the price of %s by its name: %s', (model, expected) => {
  expect(priceOf({ model, inputTokens: 1 })).toBe(expected);
});

it('lists the models that sessions can use, the cheapest first', () => {
  const { models } = LIST_PRICES;
  const [opus, haiku] = [models['claude-opus-5'], models['claude-haiku-4-5']];
  if (opus === undefined || haiku === undefined) throw new Error('The table has lost its models');
  const table = { version: '1', models: { opus, blind: { ...haiku, lacks: ['images'] as const }, haiku } };
  expect(listUsableModels(table)).toEqual([
    { model: 'haiku', input: 1, output: 5 },
    { model: 'opus', input: 5, output: 25 },
  ]);
});

it('says that a model has no price, unless the call has used nothing', () => {
  expect(priceOf({ model: 'unknown', outputTokens: 1 })).toBeNull();
  expect(priceOf({ model: 'unknown', webSearches: 1 })).toBeNull();
  expect(priceOf({})).toBe(0);
  expect(price(NO_CALL_USAGE).priceVersion).toBe(LIST_PRICES.version);
});
