/** Remembers when processes were asked for. Times come in order. */
export interface DemandLog {
  add(atMs: number): void;
  countSince(sinceMs: number): number;
  timesSince(sinceMs: number): readonly number[];
}

export function createDemandLog(): DemandLog {
  const times: number[] = [];

  /** Index of the first time after `sinceMs`. */
  const indexAfter = (sinceMs: number) => {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) > sinceMs) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  return {
    add: (atMs) => void times.push(atMs),
    countSince: (sinceMs) => times.length - indexAfter(sinceMs),
    timesSince: (sinceMs) => times.slice(indexAfter(sinceMs)),
  };
}
