import { pino } from 'pino';

import { createSharedPlaces } from '../../../apps/server/src/processes/shared-places.ts';
import type { Machine } from './machine.ts';
import { createSimulatedMachine } from './simulated-machine.ts';
import { SimulatedSession, type SessionTotals } from './simulated-session.ts';
import { createSimulatedSpares, type SimulatedSpare, type SpareTotals } from './simulated-spares.ts';
import type { Strategy } from './strategies.ts';
import { createTimeline } from './timeline.ts';
import type { Visit } from './visits.ts';

export interface Run {
  visits: readonly Visit[];
  /**
   * How long spares are kept and counted, in milliseconds. Visits that begin within this time are served to their end.
   */
  durationMs: number;
  machine: Machine;
  strategy: Strategy;
}

export interface Outcome extends SessionTotals {
  pool: SpareTotals;
  leastFreeBytes: number;
}

/** The server's defaults. */
const LIMITS = { maxWaitingPerOwner: 20, maxWaitMs: 600_000, minFreeBytes: 512 * 1024 * 1024 };
const PROFILE = { fingerprint: 'default' };

/**
 * Simulates the visits in virtual time, with the server's own places, queue, pool and reclaimer on a simulated machine.
 * The same run always has the same result.
 */
export async function simulate({ visits, durationMs, machine: { cores, ...size }, strategy }: Run): Promise<Outcome> {
  const timeline = createTimeline();
  const machine = createSimulatedMachine({ cores, ...size }, timeline);
  const spares = createSimulatedSpares(machine, timeline, durationMs);
  const holders = createHolders();
  const totals: SessionTotals = {
    ...{ warm: 0, cold: 0, rejected: 0, firstTextMs: [] },
    ...{ laterTurns: 0, resumed: 0, wokenSoon: 0 },
  };
  const places = createSharedPlaces<typeof PROFILE, SimulatedSpare>({
    ...strategy.options(cores),
    ...{ cores, clock: timeline, timers: timeline, logger: pino({ level: 'silent' }) },
    limits: { ...LIMITS, maxProcesses: size.places, leastSpares: strategy.leastSpares },
    holders: holders.list,
    starts: machine.starts,
    load: machine.load,
    availableBytes: () => machine.availableBytes,
    defaultProfile: () => PROFILE,
    startSpare: (profile, place) => spares.start(profile, place),
    endSpare: (spare) => spares.end(spare),
  });
  places.start();
  const played = visits.map((visit, index) => {
    const shared = { profile: PROFILE, timeline, machine, places, spares, totals };
    const session: SimulatedSession = new SimulatedSession({
      ...{ ...shared, visit, ownerId: String(index) },
      onHolding: (isHolding) => holders.set(session, isHolding),
    });
    return session.play();
  });
  await timeline.runUntil(durationMs);
  const closed = places.close();
  await timeline.runAll();
  await Promise.all([closed, ...played]);
  return { ...totals, pool: spares.totals, leastFreeBytes: machine.leastFreeBytes };
}

function createHolders() {
  const holders = new Set<SimulatedSession>();
  /** Read much more often than it changes. */
  let listed: readonly SimulatedSession[] | undefined;
  return {
    list: () => (listed ??= [...holders]),
    set(session: SimulatedSession, isHolding: boolean) {
      if (holders.has(session) === isHolding) return;
      if (isHolding) holders.add(session);
      else holders.delete(session);
      listed = undefined;
    },
  };
}
