/** Of one model call, in tokens. */
interface PricedUsage {
  model: string | undefined;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
}

/** US dollars for a million tokens of input, and of input read from a cache, as Claude Code 2.1.330 counts. */
const PRICES: readonly (readonly [name: string, input: number, cacheRead: number])[] = [
  ['claude-opus-5-5', 4, 0.2],
  ['claude-opus-4-8', 5, 0.5],
  ['claude-opus-4-7', 5, 0.5],
  ['claude-opus-4-6', 5, 0.5],
  ['claude-opus-4-5', 5, 0.5],
  ['claude-sonnet-5-5', 2, 0.1],
  ['claude-sonnet-4-6', 3, 0.3],
  ['claude-sonnet-4-5', 3, 0.3],
  ['claude-haiku-4-5', 1, 0.1],
  ['claude-fable-5-2', 8, 0.2],
  ['claude-mythos-5-2', 8, 0.2],
];

/** What other tokens cost, in tokens of input; the same for every model. Writing is that of a cache for five minutes. */
const OUTPUT_FACTOR = 5;
const CACHE_WRITE_FACTOR = 1.25;

const MILLION = 1_000_000;

/** The list price of a call in US dollars; null for a model whose price is unknown. */
export function toCostUsd(usage: PricedUsage): number | null {
  // A model's name may end in a date.
  const found = PRICES.find(([name]) => usage.model?.startsWith(name));
  if (found === undefined) return null;
  const [, input, cacheRead] = found;
  const inInput = usage.inputTokens + usage.outputTokens * OUTPUT_FACTOR + usage.cacheWriteTokens * CACHE_WRITE_FACTOR;
  return (inInput * input + usage.cacheReadTokens * cacheRead) / MILLION;
}
