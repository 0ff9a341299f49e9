/** Samples of one quantity. */
export interface Series {
  /** A stable dotted id, such as `first-turn.bare.first-text`, by which reports of different days are compared. */
  id: string;
  /** For people. */
  label: string;
  unit: 'ms' | 's' | 'MB';
  samples: number[];
}

/** The options of a suite. */
export interface BenchContext {
  /** The scripted model behind both sides. */
  modelUrl: string;
  /** A short run. */
  quick: boolean;
  /** The number of sessions for the suite `hibernation`; undefined for its default. */
  sessions: number | undefined;
  /** Aborts the run between two measurements. */
  signal: AbortSignal;
}

export function createSeries(id: string, label: string, unit: Series['unit'] = 'ms'): Series {
  return { id, label, unit, samples: [] };
}
