import { makeRoom } from '../lib/make-room.ts';
import type { CallUsage, PriceCall } from './call-usage.ts';
import type { ModelPrice, PriceTable, TokenPrices } from './price-table.ts';

/** What an answer costs that is made in the United States only, in tenths, as Claude Code 2.1.332 counts. */
const US_ONLY_TENTHS = 11;
const MILLION = 1_000_000;
/** Names that agents make up are no leak. */
const MAX_KNOWN = 100;

/** `us.anthropic.` of Bedrock, or nothing. */
const PROVIDER = /^(?:(?:[a-z-]+\.)?anthropic\.)?$/;
/** A date, `@` and a date of Vertex, `-v1:0` of Bedrock, `[1m]` of Claude Code, `-0` of the first of its kind. */
const VERSION = /^(?:[-@](?:\d{8}|latest|v\d|0$|0-\d{8})|\[)/;

/**
 * Prices calls by a table, each rounded to a whole micro-dollar. A model that is not in it has no price, and neither has
 * a fast answer of a model without fast prices: what is unknown is never free.
 */
export function createPriceCall(table: PriceTable): PriceCall {
  const find = createPriceFinder(listPrices(table.models));
  const own = new Map(
    Object.entries(table.upstreams ?? {}).map(([name, models]) => [name, createPriceFinder(listPrices(models))]),
  );
  return (usage, upstream = '') => {
    const { model } = usage;
    const price = model === undefined ? undefined : (own.get(upstream)?.(model) ?? find(model));
    return { microUsd: isNothing(usage) ? 0 : priceBy(price, usage), priceVersion: table.version };
  };
}

function createPriceFinder(prices: ReturnType<typeof listPrices>): (model: string) => ModelPrice | undefined {
  const known = new Map<string, ModelPrice | undefined>();
  return (model) => {
    if (!known.has(model)) {
      makeRoom(known, MAX_KNOWN);
      known.set(model, findPrice(prices, model));
    }
    return known.get(model);
  };
}

/** The name by which the table knows a model; undefined for one that is not in it. Pure. */
export function createModelNamer(table: PriceTable): (model: string) => string | undefined {
  const prices = listPrices(table.models);
  return (model) => prices.find(([name]) => isNamed(model, name))?.[0];
}

/** The longest prompt of most models, with its answer. */
const CONTEXT_TOKENS = 200_000;

/** What a model of the table takes; undefined for one that is not in it. Pure. */
export function createModelLimits(
  table: PriceTable,
): (model: string) => { contextTokens: number; lacks: readonly string[] } | undefined {
  const prices = listPrices(table.models);
  return (model) => {
    const price = findPrice(prices, model);
    return price && { contextTokens: price.contextTokens ?? CONTEXT_TOKENS, lacks: price.lacks ?? [] };
  };
}

/** The models of the table that take what sessions need, the cheapest first. Pure. */
export function listUsableModels({ models }: PriceTable): { model: string; input: number; output: number }[] {
  return Object.entries(models)
    .filter(([, { lacks = [] }]) => lacks.length === 0)
    .map(([model, { input, output }]) => ({ model, input, output }))
    .toSorted(
      (one, other) => one.input - other.input || one.output - other.output || (one.model < other.model ? -1 : 1),
    );
}

/** The longest first, so that `claude-opus-5-5` is not priced as `claude-opus-5`. */
function listPrices(models: PriceTable['models']): [name: string, price: ModelPrice][] {
  return Object.entries(models).toSorted(([one], [other]) => other.length - one.length);
}

function priceBy(price: ModelPrice | undefined, usage: CallUsage): number | null {
  const prices = price && choosePrices(price, usage);
  return price === undefined || prices === undefined ? null : toMicroUsd(usage, prices, price.webSearch);
}

/** A name continues with a date, a region or a version of a provider, never with a letter or a number of the model. */
function findPrice(prices: readonly (readonly [string, ModelPrice])[], model: string): ModelPrice | undefined {
  return prices.find(([name]) => isNamed(model, name))?.[1];
}

function isNamed(model: string, name: string): boolean {
  const at = model.indexOf(name);
  if (at === -1 || !PROVIDER.test(model.slice(0, at))) return false;
  const rest = model.slice(at + name.length);
  return rest === '' || VERSION.test(rest);
}

function choosePrices(price: ModelPrice, usage: CallUsage): TokenPrices | undefined {
  if (usage.speed !== undefined && usage.speed !== 'standard') return price.fast;
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  return price.longPrompt !== undefined && prompt > price.longPrompt.above ? price.longPrompt : price;
}

/** Counts in millionths of a micro-dollar, in whole numbers: so nothing is lost before the one rounding, half up. */
function toMicroUsd(usage: CallUsage, prices: TokenPrices, webSearch: number): number {
  const writes = usage.cacheWriteTokens - usage.cacheWrite1hTokens;
  const ofTokens =
    usage.inputTokens * toMillionths(prices.input) +
    usage.outputTokens * toMillionths(prices.output) +
    usage.cacheReadTokens * toMillionths(prices.cacheRead) +
    writes * toMillionths(prices.cacheWrite) +
    usage.cacheWrite1hTokens * toMillionths(prices.cacheWrite1h);
  const ofAnswer = usage.inferenceGeo === 'us' ? (ofTokens * US_ONLY_TENTHS) / 10 : ofTokens;
  return Math.round(ofAnswer / MILLION) + usage.webSearches * toMillionths(webSearch);
}

const toMillionths = (price: number): number => Math.round(price * MILLION);

function isNothing(usage: CallUsage): boolean {
  return (
    usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens + usage.webSearches === 0
  );
}
