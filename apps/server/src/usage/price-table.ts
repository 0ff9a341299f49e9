/** US dollars for a million tokens, which is micro-dollars for a token. */
export interface TokenPrices {
  input: number;
  output: number;
  cacheRead: number;
  /** Into a cache for five minutes, and for an hour. */
  cacheWrite: number;
  cacheWrite1h: number;
}

export interface ModelPrice extends TokenPrices {
  /** US dollars for one search on the web. */
  webSearch: number;
  /** The prices of a whole call whose prompt, with what a cache gave, has more tokens than `above`. */
  longPrompt?: TokenPrices & { above: number };
  /** The most tokens of a prompt with its answer; 200,000 without it. */
  contextTokens?: number;
  /** What agents need and the model does not take. */
  lacks?: readonly ('tools' | 'images')[];
  /** The prices of a call that was answered in fast mode. Without them such a call has no price. */
  fast?: TokenPrices;
}

export interface PriceTable {
  /** Stands in each usage record, so that an old cost can be told from one at other prices. */
  version: string;
  /** By the beginning of the model's name; the longest that fits counts, because names may end in a date. */
  models: Readonly<Record<string, ModelPrice>>;
  /** The same for calls that an upstream of this name answers; what is not there is as in `models`. */
  upstreams?: Readonly<Record<string, Readonly<Record<string, ModelPrice>>>>;
}

const WEB_SEARCH = 0.01;

/** Most models charge 5 × input for output, 1.25 × and 2 × for writing into a cache. */
function toPrice(input: number, cacheRead: number): ModelPrice {
  return { ...toTokenPrices(input, cacheRead), webSearch: WEB_SEARCH };
}

function toTokenPrices(input: number, cacheRead: number): TokenPrices {
  return { input, output: input * 5, cacheRead, cacheWrite: input * 1.25, cacheWrite1h: input * 2 };
}

/** List prices of the Messages API, as Claude Code 2.1.332 counts them. */
export const LIST_PRICES: PriceTable = {
  version: 'list-2026-11-30',
  models: {
    'claude-3-5-haiku': toPrice(0.8, 0.08),
    'claude-haiku-4-5': toPrice(1, 0.1),
    'claude-haiku-5-5': { ...toPrice(0.1, 0.01), longPrompt: { above: 100_000, ...toTokenPrices(0.5, 0.05) } },
    'claude-3-5-sonnet': toPrice(3, 0.3),
    'claude-3-7-sonnet': toPrice(3, 0.3),
    'claude-sonnet-4': toPrice(3, 0.3),
    'claude-sonnet-4-5': toPrice(3, 0.3),
    'claude-sonnet-4-6': toPrice(3, 0.3),
    'claude-sonnet-5': toPrice(2, 0.2),
    'claude-sonnet-5-5': toPrice(2, 0.1),
    'claude-opus-4': toPrice(15, 1.5),
    'claude-opus-4-1': toPrice(15, 1.5),
    'claude-opus-4-5': toPrice(5, 0.5),
    'claude-opus-4-6': toPrice(5, 0.5),
    'claude-opus-4-7': toPrice(5, 0.5),
    'claude-opus-4-8': toPrice(5, 0.5),
    'claude-opus-5': toPrice(5, 0.5),
    'claude-opus-5-5': toPrice(4, 0.2),
    'claude-fable-5': toPrice(10, 1),
    'claude-fable-5-1': toPrice(10, 0.25),
    'claude-fable-5-2': toPrice(8, 0.2),
    'claude-mythos-5': toPrice(10, 1),
    'claude-mythos-5-1': toPrice(10, 0.25),
    'claude-mythos-5-2': toPrice(8, 0.2),
  },
};
