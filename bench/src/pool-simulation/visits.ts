import { createRandom, type Random } from './random.ts';

/** One turn of a visit: the model works, then the person thinks before the next turn. */
export interface VisitTurn {
  modelMs: number;
  thinkMs: number;
}

/** A new session and all of its random values, so that every strategy gets the same ones. */
export interface Visit {
  atMs: number;
  /** CPU time of a start for this visit, in milliseconds of one core. */
  startCpuMs: number;
  /** CPU time from the message to the first text of the first turn. */
  firstTextCpuMs: number;
  turns: VisitTurn[];
}

const HOUR_MS = 3_600_000;

/** The arrival times, in milliseconds from the beginning of the run. */
export type Arrivals = (random: Random) => number[];

/** Independent arrivals at a constant rate. */
export function poisson(perHour: number, hours: number): Arrivals {
  return (random) => {
    const times: number[] = [];
    const gap = () => random.exponential(HOUR_MS / perHour);
    for (let atMs = gap(); atMs < hours * HOUR_MS; atMs += gap()) times.push(atMs);
    return times;
  };
}

/** Groups of `size` people who arrive within `withinMs`, one group every `everyMs`, the first after half of that. */
export function groups(size: number, withinMs: number, everyMs: number, hours: number): Arrivals {
  return (random) => {
    const times: number[] = [];
    for (let startMs = everyMs / 2; startMs < hours * HOUR_MS; startMs += everyMs) {
      for (let member = 0; member < size; member += 1) times.push(startMs + random.uniform(0, withinMs));
    }
    return times;
  };
}

/**
 * A working day of 24 hours: few arrivals at night, two peaks around 10 and 15 o'clock, and a burst when the office
 * opens.
 */
export function officeDay(users: number, sessionsPerUser: number, rushShare: number): Arrivals {
  return (random) => {
    const times: number[] = [];
    for (let index = 0; index < users * sessionsPerUser; index += 1) {
      const chosen = random.uniform(0, 1);
      const hour =
        chosen < rushShare
          ? random.uniform(9, 9 + 10 / 60)
          : chosen < rushShare + (1 - rushShare) * 0.05
            ? random.uniform(0, 24)
            : chosen < rushShare + (1 - rushShare) * 0.55
              ? random.normal(10.5, 1.2)
              : random.normal(15, 1.5);
      times.push((((hour % 24) + 24) % 24) * HOUR_MS);
    }
    return times;
  };
}

export function together(...parts: Arrivals[]): Arrivals {
  return (random) => parts.flatMap((part) => part(random));
}

/**
 * The visits in order of arrival. A visit has five turns on average. Its model works for 12 s at the median. 45 s pass
 * at the median until the next message, with a long tail of people who return much later. A start costs 0.75–1.1 s of
 * CPU, including the first text.
 */
export function createVisits(arrivals: Arrivals, seed: number): Visit[] {
  const random = createRandom(seed);
  return arrivals(random)
    .toSorted((a, b) => a - b)
    .map((atMs) => ({
      atMs,
      startCpuMs: random.uniform(600, 850),
      firstTextCpuMs: random.uniform(150, 250),
      turns: Array.from({ length: random.geometric(5) }, () => ({
        modelMs: random.logNormal(12_000, 0.9),
        thinkMs: random.logNormal(45_000, 1.2),
      })),
    }));
}
