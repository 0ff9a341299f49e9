/** Demand from which the number of spares is computed. */
export interface PoolDemand {
  /** How many sessions wanted a process without a history in the window. */
  claims: number;
  windowMs: number;
  /** The greatest burst that is still remembered, see `measureBurst`; 0 where it is not measured. */
  burst?: number;
  /** How long it takes to have a spare ready, in milliseconds. */
  startMs: number;
  /** The configured least number of spares; 0 switches the pool off. */
  least: number;
  most: number;
  /** Places for processes that no session has or waits for, those of spares included. */
  places: number;
  /** Memory that the machine can still give, in bytes. */
  availableBytes: number;
  /** Memory of one idle process, with shared pages counted once. */
  spareBytes: number;
}

/** Settings of the pool size besides the demand. */
export interface PoolTuning {
  /** How many standard deviations of a Poisson process are held ready above the mean. */
  deviations: number;
  /** How long a claimed spare's replacement may wait until it begins to start: the pool's check interval. */
  refillWaitMs: number;
  /** Share of the available memory that spares never take: running turns come first. */
  reservedShare: number;
}

/** Justified by `npm run simulate-pool`; docs/decisions/2026-11-22-pool-size.md has the figures. */
export const POOL_TUNING: PoolTuning = { deviations: 3, refillWaitMs: 1000, reservedShare: 0.25 };

/**
 * How many spares to keep. Pure. Enough for the claims that are likely to come until a replacement is ready, and for a
 * burst like the greatest one that is remembered, between the least and the most, as far as places and memory go.
 */
export function decidePoolSize(demand: PoolDemand, tuning: PoolTuning = POOL_TUNING): number {
  if (demand.least === 0) return 0;
  const untilReplaced = (demand.claims / demand.windowMs) * (demand.startMs + tuning.refillWaitMs);
  const likely = Math.ceil(untilReplaced + tuning.deviations * Math.sqrt(untilReplaced));
  const affordable = Math.floor((demand.availableBytes * (1 - tuning.reservedShare)) / demand.spareBytes);
  const bounded = Math.min(Math.max(likely, demand.burst ?? 0, demand.least), demand.most);
  return Math.max(0, Math.min(bounded, demand.places, affordable));
}

/**
 * How many spares it takes for none of these claims to find the pool empty, when one is replaced every `replaceMs`
 * milliseconds. `claimTimes` are in order, in milliseconds of one clock. Pure.
 */
export function measureBurst(claimTimes: readonly number[], replaceMs: number): number {
  let busyMs = 0;
  let mostMs = 0;
  let lastMs = claimTimes[0] ?? 0;
  for (const atMs of claimTimes) {
    busyMs = Math.max(0, busyMs - (atMs - lastMs)) + replaceMs;
    mostMs = Math.max(mostMs, busyMs);
    lastMs = atMs;
  }
  return Math.ceil(mostMs / replaceMs);
}
