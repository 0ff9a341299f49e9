import { FACTS, type Machine } from './machine.ts';
import { createPlaces } from './places.ts';
import { createSharedCpu } from './shared-cpu.ts';
import { createSimulatedPool, type PoolTotals, type SimulatedPool } from './simulated-pool.ts';
import { createStartGate } from './start-gate.ts';
import type { Strategy } from './strategy.ts';
import { createTimeline } from './timeline.ts';
import type { Visit } from './visits.ts';

export interface Run {
  visits: readonly Visit[];
  /** How long spares are kept and counted, in milliseconds; visits that came until then are served to their end. */
  durationMs: number;
  machine: Machine;
  strategy: Strategy;
}

export interface Outcome {
  warm: number;
  cold: number;
  /** Refused because too many waited for a place. */
  rejected: number;
  /** From the message to the first text of each first turn that was served, in milliseconds. */
  firstTextMs: number[];
  /** Later turns, and how many of them had to wake a hibernated session. */
  laterTurns: number;
  resumed: number;
  pool: PoolTotals;
  leastFreeBytes: number;
}

/** A visit and its process. */
interface Session {
  visit: Visit;
  turn: number;
  live: boolean;
  bytes: number;
  idleSinceMs: number;
}

const IDLE_TIMEOUT_MS = 30 * 60 * 1000;

/** Plays the visits through, in virtual time. The same run always has the same outcome. */
export function simulate(run: Run): Outcome {
  const { machine } = run;
  const timeline = createTimeline();
  const cpu = createSharedCpu(timeline, machine.cores);
  const starts = createStartGate(cpu, machine.cores);
  /** Longest idle first. */
  const idle = new Set<Session>();
  let running = 0;
  let working = 0;
  let leaving = 0;
  let sessionBytes = 0;
  const outcome: Omit<Outcome, 'pool'> = {
    warm: 0,
    cold: 0,
    rejected: 0,
    firstTextMs: [],
    laterTurns: 0,
    resumed: 0,
    leastFreeBytes: machine.memoryBytes,
  };

  const makeRoom = () => {
    if (leaving >= places.waiting) return;
    const idleMs = run.strategy.refill.evictsIdleAfterMs;
    const longIdle = idleMs !== undefined && countLongIdle(idle, timeline.now - idleMs) > 0;
    if (longIdle || !pool.giveUpOne()) hibernateOne();
  };
  const places = createPlaces({ max: machine.places, askForRoom: makeRoom });

  const hibernateOne = () => {
    const [session] = idle;
    if (session) hibernate(session);
  };

  const hibernate = (session: Session) => {
    idle.delete(session);
    session.live = false;
    leaving += 1;
    timeline.after(FACTS.closeMs, () => {
      leaving -= 1;
      sessionBytes -= session.bytes;
      session.bytes = 0;
      places.release();
    });
  };

  /** Turns whose model works; the others wait for a place, a start or their first text. */
  const setWorking = (change: number) => {
    working += change;
    cpu.setCores(machine.cores - FACTS.turnCores * working);
  };

  const addBytes = (session: Session, bytes: number) => {
    session.bytes += bytes;
    sessionBytes += bytes;
    const free = machine.memoryBytes - sessionBytes - pool.spares * FACTS.spareBytes;
    outcome.leastFreeBytes = Math.min(outcome.leastFreeBytes, free);
  };

  const arrive = (visit: Visit) => {
    const session: Session = { visit, turn: 0, live: false, bytes: 0, idleSinceMs: 0 };
    const began = () => {
      session.live = true;
      addBytes(session, FACTS.spareBytes);
      const done = () => {
        outcome.firstTextMs.push(timeline.now - visit.atMs);
        work(session);
      };
      cpu.run({ cpuMs: visit.firstTextCpuMs, parallelism: 1, done });
    };
    running += 1;
    if (pool.claim()) {
      outcome.warm += 1;
      began();
    } else if (places.take(() => starts.run(visit.startCpuMs, began))) outcome.cold += 1;
    else {
      outcome.rejected += 1;
      running -= 1;
    }
  };

  /** The model works on a turn, then the person thinks. */
  const work = (session: Session) => {
    const turn = session.visit.turns[session.turn];
    session.turn += 1;
    setWorking(1);
    timeline.after(turn?.modelMs ?? 0, () => {
      setWorking(-1);
      running -= 1;
      addBytes(session, FACTS.growthPerTurnBytes);
      rest(session);
      if (session.visit.turns[session.turn]) timeline.after(turn?.thinkMs ?? 0, () => continueVisit(session));
    });
  };

  const rest = (session: Session) => {
    const sinceMs = timeline.now;
    session.idleSinceMs = sinceMs;
    idle.add(session);
    if (places.waiting > leaving) hibernateOne();
    timeline.after(IDLE_TIMEOUT_MS, () => {
      if (idle.has(session) && session.idleSinceMs === sinceMs) hibernate(session);
    });
  };

  const continueVisit = (session: Session) => {
    outcome.laterTurns += 1;
    idle.delete(session);
    running += 1;
    if (session.live) {
      work(session);
      return;
    }
    outcome.resumed += 1;
    const began = () => {
      session.live = true;
      addBytes(session, FACTS.spareBytes);
      work(session);
    };
    // Refused: the person is told to come back later, and this run is not about that.
    if (!places.take(() => starts.run(session.visit.startCpuMs * FACTS.resumeFactor, began))) running -= 1;
  };

  const pool: SimulatedPool = createSimulatedPool({
    timeline,
    machine,
    strategy: run.strategy,
    cpu,
    places,
    starts,
    runningTurns: () => running,
    sessionBytes: () => sessionBytes,
    idleLongerThan: (idleMs) => countLongIdle(idle, timeline.now - idleMs),
    leaving: () => leaving,
    hibernateOne,
  });
  pool.start(run.durationMs);
  for (const visit of run.visits) timeline.after(visit.atMs, () => arrive(visit));
  timeline.runAll();
  return { ...outcome, pool: pool.totals };
}

function countLongIdle(idle: Iterable<Session>, beforeMs: number): number {
  let count = 0;
  for (const session of idle) {
    if (session.idleSinceMs >= beforeMs) break;
    count += 1;
  }
  return count;
}
