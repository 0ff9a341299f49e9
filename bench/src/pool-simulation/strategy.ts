/** What a strategy may look at when it decides how many spares to keep. */
export interface PoolView {
  /** Claims in the last `windowMs`. */
  claims(windowMs: number): number;
  /** When they came, in order. */
  claimTimes(windowMs: number): readonly number[];
  /** How long the last start of a spare took. */
  startMs: number;
  cores: number;
  maxPlaces: number;
  /** Places that no session has or waits for, those of spares included. */
  places: number;
  availableBytes: number;
}

/** How a pool is refilled. */
export interface RefillRules {
  /** How many spares may start at once. */
  atOnce(cores: number): number;
  /** Whether spares wait until fewer turns run than there are cores, or only for starts that sessions wait for. */
  yieldsTo: 'turns' | 'starts';
  /** How often the pool is checked, and begins to be refilled, in milliseconds. */
  checkMs: number;
  /** Whether one who waits for a place takes all spares away, or as many as wait. */
  waiterTakes: 'all' | 'one';
  /** A session that is idle for longer gives its place up to a spare; undefined: never. */
  evictsIdleAfterMs: number | undefined;
}

/** One way to run the pool. */
export interface Strategy {
  name: string;
  size(view: PoolView): number;
  refill: RefillRules;
}
