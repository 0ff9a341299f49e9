/** Samples of one quantity. */
export interface Series {
  /** Dotted and stable, such as `first-turn.bare.first-text`: what reports of different days are compared by. */
  id: string;
  /** For people. */
  label: string;
  unit: 'ms' | 's' | 'MB';
  samples: number[];
}

/** What a suite is given. */
export interface BenchContext {
  /** The scripted model behind both sides. */
  modelUrl: string;
  /** A short run, for a first look. */
  quick: boolean;
  /** How many sessions the suite `hibernation` makes; its own choice when undefined. */
  sessions: number | undefined;
  /** Aborts the run between two measurements. */
  signal: AbortSignal;
}

export function createSeries(id: string, label: string, unit: Series['unit'] = 'ms'): Series {
  return { id, label, unit, samples: [] };
}
