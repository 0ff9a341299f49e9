import type { Place } from '../../../apps/server/src/processes/places.ts';
import type { PooledSpare } from '../../../apps/server/src/processes/warm-pool.ts';
import { FACTS } from './machine.ts';
import type { SimulatedMachine } from './simulated-machine.ts';
import type { Timeline } from './timeline.ts';

export interface SimulatedSpare extends PooledSpare {
  place: Place;
  beganMs: number;
}

export interface SpareTotals {
  /** The total time of spares, from the beginning of each start. */
  spareMs: number;
  started: number;
  /** Spares that were ended unused: too old, too many, or their place was needed. */
  discarded: number;
}

/** Simulated spare processes, whose starts never fail. */
export interface SimulatedSpares {
  start(profile: { fingerprint: string }, place: Place): Promise<SimulatedSpare>;
  end(spare: SimulatedSpare): Promise<void>;
  /** A session has claimed the spare. */
  noteClaim(spare: SimulatedSpare): void;
  readonly totals: SpareTotals;
}

/** @param endMs nothing is counted after this time */
export function createSimulatedSpares(machine: SimulatedMachine, timeline: Timeline, endMs: number): SimulatedSpares {
  const totals: SpareTotals = { spareMs: 0, started: 0, discarded: 0 };
  const countTime = ({ beganMs }: SimulatedSpare) => {
    totals.spareMs += Math.max(0, Math.min(timeline.uptimeMs(), endMs) - beganMs);
  };
  return {
    totals,
    async start({ fingerprint }, place) {
      const spare: SimulatedSpare = {
        agent: { exited: new Promise(() => undefined) },
        profile: fingerprint,
        place,
        beganMs: timeline.uptimeMs(),
      };
      totals.started += 1;
      machine.addBytes(FACTS.spareBytes);
      await machine.startProcess(FACTS.spareStartCpuMs);
      return spare;
    },
    async end(spare) {
      countTime(spare);
      if (timeline.uptimeMs() < endMs) totals.discarded += 1;
      await machine.endProcess();
      machine.addBytes(-FACTS.spareBytes);
      spare.place.release();
    },
    noteClaim: countTime,
  };
}
