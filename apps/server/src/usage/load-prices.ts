import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { parse } from 'yaml';
import { z } from 'zod';

import { ConfigError } from '../config/load-config.ts';
import { CONFIG_VARIABLES } from '../config/schema.ts';
import { LIST_PRICES, type ModelPrice, type PriceTable, type TokenPrices } from './price-table.ts';

/** US dollars for a million tokens. */
const dollars = z.number().min(0).max(100_000);
const tokens = {
  input: dollars,
  output: dollars,
  cache_read: dollars.optional(),
  cache_write: dollars.optional(),
  cache_write_1h: dollars.optional(),
};
const models = z.record(
  z.string().min(1),
  z.strictObject({
    ...tokens,
    web_search: dollars.optional(),
    context_tokens: z.number().int().positive().optional(),
    lacks: z.array(z.enum(['tools', 'images'])).optional(),
    fast: z.strictObject(tokens).optional(),
    long_prompt: z.strictObject({ ...tokens, above: z.number().int().positive() }).optional(),
  }),
);
const fileSchema = z.strictObject({
  version: z.string().min(1).max(64).optional(),
  models,
  /** By the name of the upstream. */
  upstreams: z.record(z.string().min(1), models).optional(),
});

type GivenTokens = Pick<z.output<typeof fileSchema>['models'][string], keyof typeof tokens>;

/**
 * The list prices, and in place of them those of the operator's file, YAML or JSON, by model.
 * @param path absolute; undefined for the list prices alone
 * @throws ConfigError naming the file and each field that is wrong
 */
export async function loadPrices(path: string | undefined): Promise<PriceTable> {
  if (path === undefined) return LIST_PRICES;
  const fail = (reason: string) => new ConfigError(`${CONFIG_VARIABLES.pricesFile.name}: ${path} ${reason}`);
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw fail(`cannot be read: ${error.message}`);
  });
  const parsed = fileSchema.safeParse(parseText(text, fail));
  if (!parsed.success) {
    throw fail(
      `is not usable: ${parsed.error.issues.map((each) => `${each.path.join('.')}: ${each.message}`).join('; ')}`,
    );
  }
  const { version, models: own, upstreams } = parsed.data;
  const suffix = version ?? createHash('sha256').update(text).digest('hex').slice(0, 8);
  return {
    version: `${LIST_PRICES.version}+${suffix}`,
    models: { ...LIST_PRICES.models, ...toPrices(own) },
    ...(upstreams && {
      upstreams: Object.fromEntries(Object.entries(upstreams).map(([name, each]) => [name, toPrices(each)])),
    }),
  };
}

function parseText(text: string, fail: (reason: string) => ConfigError): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw fail(`is neither YAML nor JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function toPrices(given: z.output<typeof models>): Record<string, ModelPrice> {
  return Object.fromEntries(Object.entries(given).map(([name, each]) => [name, toPrice(each)]));
}

function toPrice({
  web_search: webSearch,
  fast,
  long_prompt: long,
  context_tokens: contextTokens,
  lacks,
  ...given
}: z.output<typeof fileSchema>['models'][string]): ModelPrice {
  return {
    ...toTokenPrices(given),
    webSearch: webSearch ?? 0.01,
    ...(contextTokens !== undefined && { contextTokens }),
    ...(lacks && { lacks }),
    ...(fast && { fast: toTokenPrices(fast) }),
    ...(long && { longPrompt: { ...toTokenPrices(long), above: long.above } }),
  };
}

/** What is not said is what most models charge; reading from a cache is as dear as input, because discounts differ. */
function toTokenPrices({
  input,
  output,
  cache_read: read,
  cache_write: write,
  cache_write_1h: write1h,
}: GivenTokens): TokenPrices {
  return {
    input,
    output,
    cacheRead: read ?? input,
    cacheWrite: write ?? input * 1.25,
    cacheWrite1h: write1h ?? input * 2,
  };
}
