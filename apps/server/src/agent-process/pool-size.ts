/** What the number of spares is decided from. */
export interface PoolDemand {
  /** How many sessions wanted a process without a history in the window. */
  claims: number;
  windowMs: number;
  /** How long it takes to have a spare ready, in milliseconds. */
  startMs: number;
  /** The configured least number of spares; 0 switches the pool off. */
  least: number;
  most: number;
  /** Places for processes that no session has or waits for, those of spares included. */
  places: number;
  /** Memory that the machine can still give, in bytes. */
  availableBytes: number;
  /** What one idle process costs, shared pages counted once. */
  spareBytes: number;
}

/** Claims within one start time come in bursts; this many standard deviations of a Poisson process are held ready. */
const BURST_DEVIATIONS = 2;
/** Memory that spares never take: running turns come first. */
const RESERVED_SHARE = 0.25;

/**
 * How many spares to keep. Pure. Enough for the claims that are likely to come while a replacement starts, between the
 * least and the most, as far as places and memory go.
 */
export function decidePoolSize(demand: PoolDemand): number {
  if (demand.least === 0) return 0;
  const duringStart = (demand.claims / demand.windowMs) * demand.startMs;
  const wanted = Math.ceil(duringStart + BURST_DEVIATIONS * Math.sqrt(duringStart));
  const affordable = Math.floor((demand.availableBytes * (1 - RESERVED_SHARE)) / demand.spareBytes);
  const bounded = Math.min(Math.max(wanted, demand.least), demand.most);
  return Math.max(0, Math.min(bounded, demand.places, affordable));
}
