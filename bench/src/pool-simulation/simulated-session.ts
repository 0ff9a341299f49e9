import type { ReclaimableHolder } from '../../../apps/server/src/processes/place-reclaimer.ts';
import type { Place } from '../../../apps/server/src/processes/places.ts';
import type { SharedPlaces } from '../../../apps/server/src/processes/shared-places.ts';
import { FACTS } from './machine.ts';
import type { SimulatedMachine } from './simulated-machine.ts';
import type { SimulatedSpare, SimulatedSpares } from './simulated-spares.ts';
import type { Timeline } from './timeline.ts';
import type { Visit } from './visits.ts';

export interface SessionTotals {
  warm: number;
  cold: number;
  /** Turns that were refused because too many waited for a place, or because they waited too long. */
  rejected: number;
  /** The time from the message to the first text of each served first turn, in milliseconds. */
  firstTextMs: number[];
  /** Later turns, and how many of them had to wake a hibernated session. */
  laterTurns: number;
  resumed: number;
  /** How many of these woke a session less than 10 s after its hibernation. */
  wokenSoon: number;
}

export interface SimulatedSessionDeps {
  /** Its user. */
  ownerId: string;
  visit: Visit;
  profile: { fingerprint: string };
  timeline: Timeline;
  machine: SimulatedMachine;
  places: Pick<SharedPlaces<{ fingerprint: string }, SimulatedSpare>, 'acquire' | 'noteChange'>;
  spares: Pick<SimulatedSpares, 'noteClaim'>;
  totals: SessionTotals;
  /** Called when the session starts or stops working, and when it gets or loses its process. */
  onHolding(isHolding: boolean): void;
}

const IDLE_TIMEOUT_MS = 30 * 60 * 1000;
const SOON_MS = 10_000;

/** A session and its process with the interface that the server's code uses. */
export class SimulatedSession implements ReclaimableHolder {
  readonly #deps: SimulatedSessionDeps;
  readonly process: { state: ReclaimableHolder['process']['state'] } = { state: 'none' };
  readonly backgroundTasks = [];
  idleSinceMs: number | undefined;
  #place: Place | undefined;
  #bytes = 0;
  #hibernatedAtMs = Number.NEGATIVE_INFINITY;
  #endIdleTimer: (() => void) | undefined;

  constructor(deps: SimulatedSessionDeps) {
    this.#deps = deps;
  }

  /** Runs the visit; ends early if a turn is refused. */
  async play(): Promise<void> {
    const { visit, timeline } = this.#deps;
    await timeline.sleep(visit.atMs - timeline.uptimeMs());
    for (const [index, turn] of visit.turns.entries()) {
      if (index > 0) this.#noteLaterTurn();
      if (!(await this.#runTurn(turn.modelMs, index === 0))) return;
      if (index < visit.turns.length - 1) await timeline.sleep(turn.thinkMs);
    }
  }

  /** The place is free once the process has ended. */
  async hibernate(): Promise<boolean> {
    const { machine, timeline, onHolding } = this.#deps;
    if (this.idleSinceMs === undefined || this.process.state !== 'live') return false;
    this.#endIdleTimer?.();
    this.process.state = 'none';
    this.#hibernatedAtMs = timeline.uptimeMs();
    const [place, bytes] = [this.#place, this.#bytes];
    await machine.endProcess();
    machine.addBytes(-bytes);
    place?.release();
    // The session may already work again with another process.
    if (this.idleSinceMs !== undefined && this.process.state === 'none') onHolding(false);
    return true;
  }

  #noteLaterTurn(): void {
    const { totals, timeline } = this.#deps;
    totals.laterTurns += 1;
    if (this.process.state === 'live') return;
    totals.resumed += 1;
    if (timeline.uptimeMs() - this.#hibernatedAtMs < SOON_MS) totals.wokenSoon += 1;
  }

  /** False if the turn is refused. */
  async #runTurn(modelMs: number, isFirst: boolean): Promise<boolean> {
    const { visit, timeline, machine, totals, places, onHolding } = this.#deps;
    this.idleSinceMs = undefined;
    this.#endIdleTimer?.();
    onHolding(true);
    if (this.process.state === 'none' && !(await this.#startProcess(isFirst))) {
      totals.rejected += isFirst ? 1 : 0;
      onHolding(false);
      return false;
    }
    if (isFirst) {
      await machine.compute(visit.firstTextCpuMs);
      totals.firstTextMs.push(timeline.uptimeMs() - visit.atMs);
    }
    await machine.runTurn(modelMs);
    this.#addBytes(FACTS.growthPerTurnBytes);
    this.idleSinceMs = timeline.uptimeMs();
    this.#endIdleTimer = timeline.after(IDLE_TIMEOUT_MS, () => void this.hibernate());
    places.noteChange();
    return true;
  }

  async #startProcess(isNew: boolean): Promise<boolean> {
    const { ownerId, visit, profile, machine, places, spares, totals } = this.#deps;
    const request = { ownerId, profile, isNew, onPosition: () => undefined, signal: new AbortController().signal };
    this.process.state = 'queued';
    const acquired = await places.acquire(request).catch(() => undefined);
    if (acquired === undefined) {
      this.process.state = 'none';
      return false;
    }
    this.#place = acquired.place;
    this.#bytes = 0;
    if (acquired.spare === undefined) {
      totals.cold += isNew ? 1 : 0;
      this.process.state = 'starting';
      this.#addBytes(FACTS.spareBytes);
      await machine.startProcess(visit.startCpuMs * (isNew ? 1 : FACTS.resumeFactor));
    } else {
      totals.warm += 1;
      spares.noteClaim(acquired.spare);
      // The machine has already counted these bytes.
      this.#bytes = FACTS.spareBytes;
    }
    this.process.state = 'live';
    return true;
  }

  #addBytes(bytes: number): void {
    this.#bytes += bytes;
    this.#deps.machine.addBytes(bytes);
  }
}
