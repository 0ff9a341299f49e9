/** What one model call has used, as its answer says. */
export interface CallUsage {
  /** The model that answered; undefined where there was no answer. */
  model: string | undefined;
  /** Tokens that were neither read from a cache nor written into one. */
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  /** Tokens written into a cache, for however long. */
  cacheWriteTokens: number;
  /** Those of `cacheWriteTokens` that are kept for an hour. */
  cacheWrite1hTokens: number;
  /** Searches that the model API made itself. */
  webSearches: number;
  /** As the answer says: what was charged for a faster answer, or for one that stays in a country, costs more. */
  speed: string | undefined;
  inferenceGeo: string | undefined;
}

export const NO_CALL_USAGE: Readonly<CallUsage> = {
  model: undefined,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  webSearches: 0,
  speed: undefined,
  inferenceGeo: undefined,
};

/** What a call cost. */
export interface CallCost {
  /** In micro-dollars, a whole number; null where the model has no price. */
  microUsd: number | null;
  /** The price table that was used. */
  priceVersion: string;
}

/** Prices one call, at the prices of an upstream where it has its own. Pure. */
export type PriceCall = (usage: CallUsage, upstream?: string) => CallCost;

/** What one model call has used, and what that cost. */
export interface MeteredCall {
  usage: CallUsage;
  cost: CallCost;
}
