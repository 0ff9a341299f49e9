import type { SharedCpu } from './shared-cpu.ts';
import type { Machine } from './machine.ts';
import { FACTS } from './machine.ts';
import { createDemandLog } from './demand-log.ts';
import type { Places } from './places.ts';
import type { StartGate } from './start-gate.ts';
import type { Strategy } from './strategy.ts';
import type { Timeline } from './timeline.ts';

export interface SimulatedPoolDeps {
  timeline: Timeline;
  machine: Machine;
  strategy: Strategy;
  cpu: SharedCpu;
  places: Places;
  starts: StartGate;
  runningTurns(): number;
  /** Memory that processes of sessions have. */
  sessionBytes(): number;
  /** How many sessions are idle for longer than that. */
  idleLongerThan(idleMs: number): number;
  /** Places that are about to be free. */
  leaving(): number;
  /** Ends the process of the session that is idle for longest. */
  hibernateOne(): void;
}

export interface PoolTotals {
  /** Time that spares were kept, from the beginning of their start. */
  spareMs: number;
  started: number;
  /** Spares that nobody claimed: too old, too many, or their place was needed. */
  discarded: number;
}

export interface SimulatedPool {
  /** Takes a spare away, and counts the demand in any case. */
  claim(): boolean;
  giveUpOne(): boolean;
  /** Begins the checks; they end at `untilMs`, and with them what is counted. */
  start(untilMs: number): void;
  readonly spares: number;
  readonly totals: PoolTotals;
}

const MAX_AGE_MS = 30 * 60 * 1000;
const NO_PLACE_BACKOFF_MS = 1000;
const ASSUMED_START_MS = 1000;

/** `processes/warm-pool.ts` with `processes/spare-pool.ts`, in virtual time and without failures. */
export function createSimulatedPool(deps: SimulatedPoolDeps): SimulatedPool {
  const { timeline, machine, strategy, places } = deps;
  const { refill } = strategy;
  const demand = createDemandLog();
  const ready: number[] = [];
  const totals: PoolTotals = { spareMs: 0, started: 0, discarded: 0 };
  let starting = 0;
  let startMs = ASSUMED_START_MS;
  let nextTryMs = 0;
  let endMs = Number.POSITIVE_INFINITY;
  let countedMs = 0;

  const spares = () => ready.length + starting;

  /** To be called before the number of spares changes. */
  const count = () => {
    const nowMs = Math.min(timeline.now, endMs);
    totals.spareMs += (nowMs - countedMs) * spares();
    countedMs = nowMs;
  };

  const targetSize = () =>
    strategy.size({
      claims: (windowMs) => demand.countSince(timeline.now - windowMs),
      claimTimes: (windowMs) => demand.timesSince(timeline.now - windowMs),
      startMs,
      cores: machine.cores,
      maxPlaces: machine.places,
      places:
        places.waiting > 0 && refill.waiterTakes === 'all'
          ? 0
          : machine.places - places.used + deps.leaving() + spares() + evictable() - places.waiting,
      availableBytes: machine.memoryBytes - deps.sessionBytes(),
    });

  const evictable = () => deps.idleLongerThan(refill.evictsIdleAfterMs ?? Number.POSITIVE_INFINITY);

  const drop = () => {
    count();
    ready.shift();
    totals.discarded += 1;
    timeline.after(FACTS.closeMs, () => places.release());
  };

  const mayStart = () => deps.starts.isFree && (refill.yieldsTo === 'starts' || deps.runningTurns() < machine.cores);

  const maintain = () => {
    if (timeline.now >= endMs) return;
    const target = targetSize();
    while (ready.length > 0 && (ready.length > target || timeline.now - (ready[0] ?? 0) > MAX_AGE_MS)) drop();
    if (places.waiting === 0) makeRoom(target - spares());
    while (starting < refill.atOnce(machine.cores) && spares() < target && timeline.now >= nextTryMs && mayStart())
      startOne();
  };

  /** Ends the processes of sessions that are idle for long, so that the missing spares have places. */
  const makeRoom = (missing: number) => {
    const free = machine.places - places.used + deps.leaving();
    for (let room = Math.min(missing - free, evictable()); room > 0; room -= 1) deps.hibernateOne();
  };

  const startOne = () => {
    if (!places.tryTake()) {
      nextTryMs = timeline.now + (evictable() > 0 ? FACTS.closeMs : NO_PLACE_BACKOFF_MS);
      return;
    }
    count();
    starting += 1;
    totals.started += 1;
    const beganMs = timeline.now;
    deps.starts.run(FACTS.spareStartCpuMs, () => {
      count();
      starting -= 1;
      startMs = timeline.now - beganMs;
      ready.push(timeline.now);
      maintain();
    });
  };

  const check = () => {
    maintain();
    if (timeline.now + refill.checkMs < endMs) timeline.after(refill.checkMs, check);
    else timeline.after(endMs - timeline.now, count);
  };

  return {
    get spares() {
      return spares();
    },
    totals,
    claim() {
      demand.add(timeline.now);
      const warm = ready.length > 0;
      if (warm) {
        count();
        ready.shift();
      }
      return warm;
    },
    giveUpOne() {
      if (ready.length === 0) return false;
      drop();
      return true;
    },
    start(untilMs) {
      endMs = untilMs;
      check();
    },
  };
}
