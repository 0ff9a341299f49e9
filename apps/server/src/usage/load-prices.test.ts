import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it, test } from 'vitest';

import { NO_CALL_USAGE } from './call-usage.ts';
import { loadPrices } from './load-prices.ts';
import { createPriceCall } from './price-call.ts';
import { LIST_PRICES } from './price-table.ts';

const dir = await mkdtemp(join(tmpdir(), 'csp-prices-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const load = async (text: string) => {
  const path = join(dir, 'prices.yaml');
  await writeFile(path, text);
  return loadPrices(path);
};

it('puts the prices of a file in place of the list prices, by model', async () => {
  const table = await load(
    'version: team\nmodels:\n  claude-opus-5-5: { input: 2, output: 9, fast: { input: 4, output: 18 } }',
  );
  expect(table.version).toBe(`${LIST_PRICES.version}+team`);
  expect(table.models['claude-opus-5-5']).toEqual({
    ...{ input: 2, output: 9, cacheRead: 2, cacheWrite: 2.5, cacheWrite1h: 4, webSearch: 0.01 },
    fast: { input: 4, output: 18, cacheRead: 4, cacheWrite: 5, cacheWrite1h: 8 },
  });
  expect(table.models['claude-opus-5']).toEqual(LIST_PRICES.models['claude-opus-5']);
});

it('has other prices for an upstream, and the same for what that does not name', async () => {
  const price = createPriceCall(
    await load('models: {}\nupstreams:\n  aws:\n    claude-opus-5-5: { input: 8, output: 9 }'),
  );
  const cost = (model: string, upstream: string) =>
    price({ ...NO_CALL_USAGE, model, inputTokens: 1 }, upstream).microUsd;
  expect([cost('eu.anthropic.claude-opus-5-5', 'aws'), cost('claude-opus-5-5', 'other')]).toEqual([8, 4]);
  expect(cost('claude-opus-5', 'aws')).toBe(5);
});

it('names the version of a file without one by its content', async () => {
  const [one, other] = [await load('{"models": {}}'), await load('{"models": {"x": {"input": 1, "output": 1}}}')];
  expect(one.version).toMatch(/\+[0-9a-f]{8}$/);
  expect(other.version).not.toBe(one.version);
});

test.each([
  ['models: { x: { input: -1, output: 1 } }', 'models.x.input'],
  ['models: { x: { input: 1 } }', 'models.x.output'],
  ['models: { x: { input: 1, output: 1, cached: 1 } }', 'cached'],
  ['models: [', 'neither YAML nor JSON'],
  ['', 'is not usable'],
])('refuses %j', async (text, part) => {
  await expect(load(text)).rejects.toThrow(part);
});

it('names a file that is not there', async () => {
  await expect(loadPrices(join(dir, 'none'))).rejects.toThrow(/CLAUDE_SDK_PATTERN_PRICES_FILE.*cannot be read/);
});
