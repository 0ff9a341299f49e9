/** Resource use of a process tree at one moment. */
export interface ProcessSample {
  /** Milliseconds since the epoch. */
  atMs: number;
  rssBytes: number;
  /** The last measured PSS; null before the first measurement. */
  pssBytes: number | null;
  /** Since the start of the tree. */
  cpuSeconds: number;
}

/** The newest samples, oldest first. */
export interface SampleHistory {
  add(sample: ProcessSample): void;
  list(): ProcessSample[];
}

/** Keeps the last `capacity` samples; older ones are dropped. */
export function createSampleHistory(capacity: number): SampleHistory {
  const samples: ProcessSample[] = [];
  return {
    add(sample) {
      samples.push(sample);
      if (samples.length > capacity) samples.shift();
    },
    list: () => [...samples],
  };
}
