import type { Machine } from './machine.ts';
import { createVisits, groups, officeDay, poisson, together, type Visit } from './visits.ts';

/** A simulated group of users and their machine. */
export interface Load {
  name: string;
  about: string;
  machine: Machine;
  durationMs: number;
  visits(seed: number): Visit[];
}

const GIB = 1024 ** 3;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** The machine on which the facts were measured, with the default of 10 places. */
const small: Machine = { cores: 2, places: 10, memoryBytes: 16 * GIB };
const middle: Machine = { cores: 8, places: 200, memoryBytes: 56 * GIB };
const large: Machine = { cores: 32, places: 1500, memoryBytes: 240 * GIB };

export const LOADS: readonly Load[] = [
  {
    name: 'team',
    about: '6 sessions an hour, independently, 8 h; 2 cores, 10 places',
    machine: small,
    durationMs: 8 * HOUR_MS,
    visits: (seed) => createVisits(poisson(6, 8), seed),
  },
  {
    name: 'busy team',
    about: '40 sessions an hour, independently, 8 h; 2 cores, 10 places',
    machine: small,
    durationMs: 8 * HOUR_MS,
    visits: (seed) => createVisits(poisson(40, 8), seed),
  },
  {
    name: 'ten in a minute',
    about: "the seed's rush: 10 people within a minute, every hour, over 4 sessions an hour; 2 cores, 40 places",
    machine: { ...small, places: 40 },
    durationMs: 8 * HOUR_MS,
    visits: (seed) => createVisits(together(groups(10, MINUTE_MS, HOUR_MS, 8), poisson(4, 8)), seed),
  },
  {
    name: 'ten in a second',
    about: '10 people within a second, every 20 minutes, over 20 sessions an hour; 2 cores, 40 places',
    machine: { ...small, places: 40 },
    durationMs: 8 * HOUR_MS,
    visits: (seed) => createVisits(together(groups(10, 1000, 20 * MINUTE_MS, 8), poisson(20, 8)), seed),
  },
  {
    name: 'eight in a second',
    about: '8 people within a second, every 20 minutes, over 6 sessions an hour; 2 cores, 10 places',
    machine: small,
    durationMs: 8 * HOUR_MS,
    visits: (seed) => createVisits(together(groups(8, 1000, 20 * MINUTE_MS, 8), poisson(6, 8)), seed),
  },
  {
    name: 'steady stream',
    about: '1 session a second, independently, 1 h; 32 cores, 1,500 places',
    machine: large,
    durationMs: HOUR_MS,
    visits: (seed) => createVisits(poisson(3600, 1), seed),
  },
  {
    name: 'classes',
    about: '30 people within 10 s, every 10 minutes, over 300 sessions an hour, 4 h; 8 cores, 200 places',
    machine: middle,
    durationMs: 4 * HOUR_MS,
    visits: (seed) => createVisits(together(groups(30, 10_000, 10 * MINUTE_MS, 4), poisson(300, 4)), seed),
  },
  {
    name: 'little memory',
    about: '30 sessions an hour and 10 people within 10 s every 20 minutes, 4 h; 2 cores, 40 places, 3 GB for them',
    machine: { ...small, places: 40, memoryBytes: 3 * GIB },
    durationMs: 4 * HOUR_MS,
    visits: (seed) => createVisits(together(groups(10, 10_000, 20 * MINUTE_MS, 4), poisson(30, 4)), seed),
  },
  {
    name: 'day of 100',
    about:
      '100 users, 3 sessions each, a fifth of them in the first 10 minutes of office hours, 24 h; 2 cores, 40 places',
    machine: { ...small, places: 40 },
    durationMs: 24 * HOUR_MS,
    visits: (seed) => createVisits(officeDay(100, 3, 0.2), seed),
  },
  {
    name: 'day of 1,000',
    about:
      '1,000 users, 3 sessions each, 10 % of them in the first 10 minutes of office hours, 24 h; 8 cores, 200 places',
    machine: middle,
    durationMs: 24 * HOUR_MS,
    visits: (seed) => createVisits(officeDay(1000, 3, 0.1), seed),
  },
  {
    name: 'day of 10,000',
    about:
      '10,000 users, 3 sessions each, 10 % of them in the first 10 minutes of office hours, 24 h; 32 cores, 1,500 places',
    machine: large,
    durationMs: 24 * HOUR_MS,
    visits: (seed) => createVisits(officeDay(10_000, 3, 0.1), seed),
  },
];
