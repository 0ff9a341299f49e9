import type { UptimeClock } from '../lib/clock.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { AgentProcess } from '../agent-process/agent-process.ts';
import { describeExit } from '../agent-process/describe-exit.ts';
import { toFailedStart, type Exit } from '../hosts/exit.ts';
import { POOL_TUNING } from './pool-size.ts';
import type { SessionDirs } from '../workspaces/session-dirs.ts';

/** The part of a spare that the pool uses. */
export interface PooledSpare {
  agent: Pick<AgentProcess, 'exited'>;
  /** All that is fixed when a process starts, as one text; a spare serves only its own profile. */
  profile: string;
}

/** A started process that no session has claimed, with all that was fixed at its start. */
export interface Spare extends PooledSpare {
  agent: AgentProcess;
  agentSessionId: string;
  dirs: SessionDirs;
  token: string;
  /** Its place among the live processes; passes to the session with the claim. */
  place: { assign(ownerId: string): void; release(): void };
}

export interface WarmPoolDeps<S extends PooledSpare = Spare> {
  clock: UptimeClock;
  timers?: Timers;
  /** How often the pool is checked, and refilled, in milliseconds. */
  checkIntervalMs?: number;
  logger: Logger;
  /** How many spares to keep of which profile, the most wanted profile first; asked before every start. */
  targets(): ReadonlyMap<string, number>;
  /** False while running turns need the machine. */
  mayStart(): boolean;
  /** How many starts may run at once. */
  maxStarting: number;
  /**
   * Begins to start a spare of a profile; undefined when there is no place for it. The promise rejects when the start
   * fails; then its process has ended and its place is free.
   */
  start(profile: string): Promise<S> | undefined;
  /** Frees places for this many spares, which could start now but have no place. */
  makeRoom(missing: number): void;
  /** Ends a spare and deletes its folders. */
  discard(spare: S): Promise<void>;
}

export interface WarmPoolState {
  ready: number;
  starting: number;
  /** Spares that are being ended; their places are free soon. */
  ending: number;
  /** Spares that wait, by profile. */
  readyByProfile: ReadonlyMap<string, number>;
  /** How many spares are wanted, as of the last check. */
  wanted: number;
  /** Since the start: spares that became ready, that sessions took, and starts that failed. */
  totals: Readonly<Record<'started' | 'claimed' | 'failed', number>>;
  /** How many starts failed in a row. */
  failures: number;
  /** Why the last of them failed. */
  lastFailure: string | undefined;
}

const MAX_AGE_MS = 30 * 60 * 1000;
/** A spare that dies sooner counts as a failed start: otherwise a spare that cannot run would be started for ever. */
const LEAST_LIFE_MS = 10_000;
/** After a spare was taken no other one starts for this long: ten MCP servers of one would take the processors from it. */
const HOLD_MS = 500;
/** Between two holds. */
const HOLD_PAUSE_MS = 1000;
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 60_000;

/**
 * Keeps started processes ready. Few starts at a time: filling the pool must not slow the sessions that it is for. A
 * spare that died, aged or no longer fits is replaced; starts that fail back off and are logged.
 */
export class WarmPool<S extends PooledSpare = Spare> {
  readonly #deps: WarmPoolDeps<S>;
  readonly #ready = new Map<S, number>();
  /** Starts that run, with the profile of each. */
  readonly #starting = new Map<Promise<S>, string>();
  /** Settled when a start has ended and its spare is among those that are ready. */
  readonly #finishing = new Set<Promise<void>>();
  readonly #ending = new Set<Promise<void>>();
  /** Failed starts in a row, by profile: a profile that cannot start must not delay the others. */
  readonly #failures = new Map<string, { count: number; nextTryMs: number; reason: string }>();
  readonly #totals = { started: 0, claimed: 0, failed: 0 };
  #wanted = 0;
  #heldUntilMs = -Infinity;
  #endChecks: (() => void) | undefined;
  #closed = false;

  constructor(deps: WarmPoolDeps<S>) {
    this.#deps = deps;
  }

  get state(): WarmPoolState {
    const [worst] = [...this.#failures.values()].toSorted((a, b) => b.count - a.count);
    return {
      ready: this.#ready.size,
      starting: this.#starting.size,
      ending: this.#ending.size,
      readyByProfile: countProfiles(this.spares.map(({ profile }) => profile)),
      wanted: this.#wanted,
      totals: { ...this.#totals },
      failures: worst?.count ?? 0,
      lastFailure: worst?.reason,
    };
  }

  get spares(): readonly S[] {
    return [...this.#ready.keys()];
  }

  start(): void {
    const { timers = systemTimers, checkIntervalMs = POOL_TUNING.refillWaitMs } = this.#deps;
    this.#endChecks = timers.every(checkIntervalMs, () => this.check());
    this.check();
  }

  /** Gives away the oldest spare of the profile; from now on it is the caller's. Undefined when there is none. */
  take(profile: string): S | undefined {
    for (const spare of this.#ready.keys()) {
      if (spare.profile !== profile) continue;
      this.#holdStarts();
      this.#ready.delete(spare);
      this.#totals.claimed += 1;
      this.#failures.delete(profile);
      return spare;
    }
    return undefined;
  }

  /** Whoever took a spare waits for its first words. In a burst others start all the same between two holds. */
  #holdStarts(): void {
    const now = this.#deps.clock.uptimeMs();
    if (now >= this.#heldUntilMs + HOLD_PAUSE_MS) this.#heldUntilMs = now + HOLD_MS;
  }

  /** Ends a spare, so that a session can have its place; false when there is none. */
  giveUpOne(): boolean {
    const [spare] = this.#ready.keys();
    if (spare === undefined) return false;
    this.#drop(spare);
    return true;
  }

  /** Ends all spares, also one that is starting. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#endChecks?.();
    await Promise.all([...this.#finishing]);
    for (const spare of this.spares) this.#drop(spare);
    await Promise.all(this.#ending);
  }

  /** Drops the spares that nobody wants any more, and starts those that are missing. */
  check(): void {
    if (this.#closed) return;
    const targets = this.#deps.targets();
    this.#wanted = [...targets.values()].reduce((sum, target) => sum + target, 0);
    for (const profile of this.#failures.keys()) if (!targets.has(profile)) this.#failures.delete(profile);
    this.#dropUnwanted(targets);
    this.#startMissing(targets);
  }

  #dropUnwanted(targets: ReadonlyMap<string, number>): void {
    const now = this.#deps.clock.uptimeMs();
    const counts = this.#countProfiles();
    for (const [spare, readySinceMs] of this.#ready) {
      if (now - readySinceMs > LEAST_LIFE_MS) this.#failures.delete(spare.profile);
      const count = counts.get(spare.profile) ?? 0;
      if (count <= (targets.get(spare.profile) ?? 0) && now - readySinceMs <= MAX_AGE_MS) continue;
      counts.set(spare.profile, count - 1);
      this.#drop(spare);
    }
  }

  #startMissing(targets: ReadonlyMap<string, number>): void {
    if (this.#deps.clock.uptimeMs() < this.#heldUntilMs) return;
    const missing = this.#listMissing(targets);
    for (const [index, profile] of missing.entries()) {
      if (this.#starting.size >= this.#deps.maxStarting || !this.#deps.mayStart()) return;
      const start = this.#deps.start(profile);
      if (start === undefined) {
        // No more places than spares can start at once: otherwise sessions would lose their processes too early.
        const startable = this.#deps.maxStarting - this.#starting.size;
        this.#deps.makeRoom(Math.min(missing.length - index, startable));
        return;
      }
      this.#starting.set(start, profile);
      const finishing = this.#finish(start, profile).finally(() => this.#finishing.delete(finishing));
      this.#finishing.add(finishing);
    }
  }

  /**
   * The profile of each spare that is to be started, in the order of the targets; without those that failed just now.
   */
  #listMissing(targets: ReadonlyMap<string, number>): string[] {
    const now = this.#deps.clock.uptimeMs();
    const counts = this.#countProfiles();
    return [...targets].flatMap(([profile, target]) => {
      if (now < (this.#failures.get(profile)?.nextTryMs ?? 0)) return [];
      return Array.from({ length: Math.max(0, target - (counts.get(profile) ?? 0)) }, () => profile);
    });
  }

  #countProfiles(): Map<string, number> {
    return countProfiles([...this.spares.map(({ profile }) => profile), ...this.#starting.values()]);
  }

  async #finish(start: Promise<S>, profile: string): Promise<void> {
    const [result] = await Promise.allSettled([start]);
    // In the same step as `#add`, so that no check counts the spare twice.
    this.#starting.delete(start);
    if (result.status === 'fulfilled') this.#add(result.value);
    else this.#backOff(profile, toFailedStart(result.reason));
    this.check();
  }

  #add(spare: S): void {
    const readySinceMs = this.#deps.clock.uptimeMs();
    this.#ready.set(spare, readySinceMs);
    this.#totals.started += 1;
    void spare.agent.exited.then((exit) => {
      if (!this.#ready.has(spare)) return;
      this.#drop(spare);
      if (this.#deps.clock.uptimeMs() - readySinceMs < LEAST_LIFE_MS) this.#backOff(spare.profile, exit);
    });
  }

  #backOff(profile: string, exit: Exit): void {
    const count = (this.#failures.get(profile)?.count ?? 0) + 1;
    this.#totals.failed += 1;
    const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (count - 1));
    const reason = describeExit(exit);
    this.#failures.set(profile, { count, nextTryMs: this.#deps.clock.uptimeMs() + backoffMs, reason });
    this.#deps.logger.error(
      { err: exit.error, reason, profile, failures: count, retry_ms: backoffMs },
      'a spare process could not be started',
    );
  }

  #drop(spare: S): void {
    this.#ready.delete(spare);
    const ending = this.#end(spare).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async #end(spare: S): Promise<void> {
    try {
      await this.#deps.discard(spare);
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'a spare process could not be discarded');
    }
  }
}

function countProfiles(profiles: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const profile of profiles) counts.set(profile, (counts.get(profile) ?? 0) + 1);
  return counts;
}
