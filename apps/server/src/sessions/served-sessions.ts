import { setTimeout as delay } from 'node:timers/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import { createLimiter } from '../lib/limiter.ts';
import { resolvesWithin } from '../lib/within.ts';
import { isStoreError, StoreError } from '../store/store-error.ts';
import { endTasksOfAbsent } from './end-tasks-of-absent.ts';
import { findCutRewind } from './live/rewind-files.ts';
import { findJournaledTasks, findUntoldTasks } from '../turns/lost-tasks.ts';
import type { LiveSession } from './live/live-session.ts';
import { isServedElsewhere, LEASE_MS, openLiveSession } from './live/open-live-session.ts';
import { sharesFiles, type SessionDeps } from './session-deps.ts';

export interface ServedSessionsOptions {
  /** The row of a session, or whether it has a process, has changed. */
  onChange(live: LiveSession): void;
}

/** A session that this server opens, serves or evicts from memory. */
type Served =
  | { state: 'opening'; opened: Promise<LiveSession> }
  | { state: 'open'; live: LiveSession }
  /** The session may not be opened again before `evicted` has resolved. */
  | { state: 'evicting'; evicted: Promise<void> };

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
const SWEEP_INTERVAL_MS = 5000;
/** A quarter of a lease's life, so that one renewal may fail. */
const RENEW_INTERVAL_MS = LEASE_MS / 4;
/** Without a renewal for so long processes end, while nobody else can have the lease yet. */
const OVERDUE_MS = LEASE_MS * 0.7;
const OVERDUE_CHECK_MS = 1000;
/** A session that has no process and was idle for this long is evicted from memory. */
const KEPT_IN_MEMORY_MS = 60_000;
/** Turns of dead servers that are recovered at once. */
const RECOVERIES_AT_ONCE = 4;
/** A recovery that takes longer is told in the log. */
const SLOW_RECOVERY_MS = 5000;
/** The start of the server, and the recovery of others, waits so long for one recovery. */
const RECOVERY_WAIT_MS = 30_000;
/** When the server stops, an interrupted turn has this long to end before its process is ended. */
const INTERRUPT_WAIT_MS = 2000;

/** The sessions that this server has in memory. It evicts idle sessions without a process. */
export class ServedSessions {
  readonly #deps: SessionDeps;
  readonly #options: ServedSessionsOptions;
  readonly #sessions = new Map<string, Served>();
  #sweeper: NodeJS.Timeout | undefined;
  #renewer: NodeJS.Timeout | undefined;
  #overdue: NodeJS.Timeout | undefined;
  #renewing: Promise<void> | undefined;
  /** When leases were renewed last, by the server's uptime. */
  #renewedAtMs: number | undefined;
  #isStopping = false;

  constructor(deps: SessionDeps, options: ServedSessionsOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get all(): readonly LiveSession[] {
    return [...this.#sessions.values()].flatMap((served) => (served.state === 'open' ? [served.live] : []));
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** @throws CspError `stopping` when the server is stopping. */
  assertServing(): void {
    if (!this.#isStopping) return;
    throw new CspError('stopping', 'The server is stopping. Try again in a moment', { retryAfterMs: 2000 });
  }

  /** The session if it is in memory. */
  find(sessionId: string): LiveSession | undefined {
    const served = this.#sessions.get(sessionId);
    return served?.state === 'open' ? served.live : undefined;
  }

  /**
   * The session, loaded into memory if necessary. If a server died during a turn of it, the turn is recovered first.
   * @throws CspError `not_found`, `state_conflict` when another server holds the session, `stopping`.
   */
  async get(sessionId: string): Promise<LiveSession> {
    const served = this.#sessions.get(sessionId);
    switch (served?.state) {
      case 'open':
        return served.live;
      case 'opening':
        return served.opened;
      case 'evicting':
        await served.evicted;
        return this.get(sessionId);
      case undefined:
        return this.#open(sessionId);
    }
  }

  /** Recovers the turns of dead servers, and starts to hibernate idle sessions and to renew leases. */
  async start(): Promise<void> {
    this.#sweeper = setInterval(() => {
      for (const live of this.all) this.#sweep(live);
      void endTasksOfAbsent(this.#deps, this.all);
    }, SWEEP_INTERVAL_MS).unref();
    this.#renewedAtMs = this.#deps.clock.uptimeMs();
    this.#overdue = setInterval(() => this.#endOverdue(), OVERDUE_CHECK_MS).unref();
    this.#renewer = setInterval(() => {
      this.#renewing ??= this.#renewLeases().finally(() => {
        this.#renewing = undefined;
      });
    }, RENEW_INTERVAL_MS).unref();
    const ids = await this.#listUnfinished();
    const limiter = createLimiter(RECOVERIES_AT_ONCE);
    const isTaken = await Promise.all([...ids].map((id) => limiter.run(() => this.#recoverInTime(id))));
    const taken = isTaken.filter(Boolean).length;
    if (taken > 0) this.#deps.logger.info({ sessions: taken }, 'recovered sessions after a restart');
  }

  /**
   * Runs `work`, then removes the session from memory. It cannot be opened again until `work` is done. Rejects when
   * `work` rejects.
   * @returns false, without running `work`, when the session is not in memory or is already being evicted.
   */
  async evict(live: LiveSession, work: () => Promise<void>): Promise<boolean> {
    const { id } = live.session;
    if (this.find(id) !== live) return false;
    const evicting = work().finally(() => this.#sessions.delete(id));
    this.#sessions.set(id, { state: 'evicting', evicted: evicting.catch(() => undefined) });
    await evicting;
    return true;
  }

  /** This server is taken out of service: lets go of what is idle now. */
  letGoIdle(): void {
    for (const live of this.all) this.#sweep(live);
  }

  /** Refuses new work, lets turns finish for a bounded time, then interrupts them and ends every process. */
  async stop(options: { graceMs: number }): Promise<void> {
    await this.#stopOpening();
    for (const live of this.all) live.stopTaking();
    await Promise.all(this.all.map((live) => live.waitForWork(options.graceMs)));
    // A turn that waits for its process or for people is not interrupted: the next server continues it.
    const working = this.all.filter((live) => live.process.state === 'live' && !live.waitsForPeople);
    await Promise.all(working.map((live) => live.interruptAndWait(INTERRUPT_WAIT_MS)));
    const closed = this.all;
    await Promise.allSettled(closed.map((live) => live.tellTasksEnd()));
    await this.#closeAll();
    await this.#deps.journal.flush();
    // Another server can then open the sessions without waiting for the leases to end.
    await Promise.allSettled(closed.map((live) => this.#releaseLease(live)));
  }

  /** Ends every process at once, without waiting for turns. */
  async stopNow(): Promise<void> {
    const opening = this.#stopOpening();
    await this.#closeAll();
    await opening;
    await this.#closeAll();
  }

  #open(sessionId: string): Promise<LiveSession> {
    this.assertServing();
    const opened = this.#openAndRecover(sessionId).then(
      (live) => {
        this.#sessions.set(sessionId, { state: 'open', live });
        return live;
      },
      (error: unknown) => {
        this.#sessions.delete(sessionId);
        throw error;
      },
    );
    this.#sessions.set(sessionId, { state: 'opening', opened });
    return opened;
  }

  /** A session with an open turn of a dead server takes no commands before the turn is recovered. */
  async #openAndRecover(sessionId: string): Promise<LiveSession> {
    const failures: unknown[] = [];
    const live = await openLiveSession(this.#deps, sessionId, {
      onChange: (changed) => this.#options.onChange(changed),
      onBroken: (broken, error) => {
        if (this.find(sessionId) === broken) this.#handleBroken(broken, error);
        else failures.push(error);
      },
    });
    try {
      if (live.needsRecovery) await live.recover();
      if (failures.length > 0) throw failures[0];
      return live;
    } catch (error) {
      await live.close();
      throw error;
    }
  }

  /** Recovers the turn of a dead server. False where it cannot, or has not within `RECOVERY_WAIT_MS`; then it goes on. */
  async #recoverInTime(sessionId: string): Promise<boolean> {
    const { logger, clock } = this.#deps;
    const startedAtMs = clock.uptimeMs();
    const facts = () => ({ session_id: sessionId, after_ms: Math.round(clock.uptimeMs() - startedAtMs) });
    const slow = setTimeout(() => {
      logger.warn(facts(), 'the recovery of a session takes long');
    }, SLOW_RECOVERY_MS).unref();
    const recovering = this.#recover(sessionId).finally(() => {
      clearTimeout(slow);
      const told = facts();
      if (told.after_ms > SLOW_RECOVERY_MS) logger.info(told, 'the slow recovery of a session has ended');
    });
    if (await resolvesWithin(recovering, RECOVERY_WAIT_MS)) return recovering;
    logger.error(facts(), 'a session is not recovered yet; the server serves the others');
    return false;
  }

  async #recover(sessionId: string): Promise<boolean> {
    try {
      await (await this.get(sessionId)).recover();
      return true;
    } catch (error) {
      // Another server may hold the session.
      if (!isServedElsewhere(error)) {
        const facts = { err: error, session_id: sessionId };
        this.#deps.logger.error(facts, 'a session could not be recovered after the restart');
      }
      return false;
    }
  }

  async #listUnfinished(): Promise<Set<string>> {
    const { sessions, queue, approvals, leases } = this.#deps.store;
    const [left, working, queued, asking] = await Promise.all([
      // A session may be idle, but in the memory of its server: with a task beside its conversation, or while files are taken back.
      leases.listLeft(this.#deps.nodeId),
      sessions.listByStatus(['running', 'rescheduling']),
      queue.listOpenSessions(),
      approvals.listPendingSessions(),
    ]);
    const cut = await Promise.all(left.map(async (id) => ((await this.#isCut(id)) ? [id] : [])));
    return new Set([...cut.flat(), ...working.map(({ id }) => id), ...queued, ...asking]);
  }

  /** Whether an idle session has tasks that died, or were not told of, or a rewind that was not ended. */
  async #isCut(sessionId: string): Promise<boolean> {
    const { store, placeId } = this.#deps;
    const [running, untold, states] = await Promise.all([
      findJournaledTasks(store, sessionId),
      findUntoldTasks(store, sessionId),
      store.workspaceStates.list(sessionId),
    ]);
    const rewind = findCutRewind(states.filter((each) => each.placeId === placeId));
    return running.length + untold.length > 0 || rewind !== undefined;
  }

  #sweep(live: LiveSession): void {
    live.sweep();
    const idleMs = this.#deps.clock.uptimeMs() - (live.idleSinceMs ?? Infinity);
    if (this.#deps.stops.drain !== undefined) this.#letGo(live);
    else if (idleMs <= Math.min(KEPT_IN_MEMORY_MS, this.#deps.idleTimeoutMs)) return;
    if (!live.retire()) return;
    this.evict(live, () => this.#releaseLease(live)).catch((error: unknown) =>
      this.#deps.logger.warn({ err: error }, 'a lease could not be released'),
    );
  }

  /** Another server can serve an idle session as soon as this one has no process of it. */
  #letGo(live: LiveSession): void {
    if (live.idleSinceMs === undefined || live.process.state === 'none') return;
    live
      .hibernate('stopping')
      .catch((error: unknown) => this.#deps.logger.warn({ err: error }, 'an idle session could not be let go'));
  }

  async #releaseLease({ session, fence }: LiveSession): Promise<void> {
    await this.#deps.store.leases.release({ sessionId: session.id, fence });
  }

  /** Renews the leases, and evicts each session whose lease another server has taken. */
  async #renewLeases(): Promise<void> {
    const { store, nodeId, logger } = this.#deps;
    const held = new Map(this.all.map((live) => [live.session.id, live]));
    const leases = [...held].map(([sessionId, { fence }]) => ({ sessionId, fence }));
    const startedAtMs = this.#deps.clock.uptimeMs();
    try {
      const lost = await store.leases.renew(nodeId, leases, LEASE_MS);
      this.#renewedAtMs = startedAtMs;
      for (const sessionId of lost) {
        const live = held.get(sessionId);
        if (live === undefined || this.find(sessionId) !== live) continue;
        this.#handleBroken(live, new StoreError('stale_fence', `The lease of session ${sessionId} was lost.`));
      }
    } catch (error) {
      logger.warn({ err: error }, 'leases could not be renewed; tried again in some seconds');
    }
  }

  /**
   * Where servers share files, nothing here may write them when another server can have the lease: ends the processes of all sessions before that. When the
   * database answers again they go on, where no other server has them.
   */
  #endOverdue(): void {
    if (!sharesFiles(this.#deps) || this.#renewedAtMs === undefined) return;
    if (this.#deps.clock.uptimeMs() - this.#renewedAtMs < OVERDUE_MS) return;
    for (const live of this.all) {
      this.#endHolders(live);
      if (live.process.state === 'none') continue;
      live.cutOff();
      this.#handleBroken(live, new StoreError('unavailable', 'The lease of the session could not be renewed in time.'));
    }
  }

  #endHolders({ session }: LiveSession): void {
    this.#deps.workspaces
      .of(session.agentSessionId)
      .endHolders()
      .catch((error: unknown) =>
        this.#deps.logger.error({ err: error }, 'what works in a workspace could not be ended'),
      );
  }

  #handleBroken(live: LiveSession, error: unknown): void {
    const { id } = live.session;
    this.#deps.logger.error({ err: error, session_id: id }, 'a session failed and was removed from memory');
    const isLost = isStoreError(error, 'stale_fence') || isStoreError(error, 'not_found');
    const end = async () => {
      // Also terminals, which another server would not see.
      if (isLost && sharesFiles(this.#deps)) this.#endHolders(live);
      await live.close();
      // Its process has ended, and where another server has the session, no event here ends the previews.
      this.#deps.journal.forget(id);
    };
    this.evict(live, end).then(
      (isEvicted) => (isEvicted && !isLost ? this.#reopen(id) : undefined),
      (closeError: unknown) =>
        this.#deps.logger.error({ err: closeError, session_id: id }, 'a failed session could not be closed'),
    );
  }

  /** After a failure of the store: opens the session again as soon as the store works, and continues its turn. */
  async #reopen(sessionId: string): Promise<void> {
    for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_RETRY_MS)) {
      await delay(delayMs, undefined, { ref: false });
      if (this.#isStopping) return;
      try {
        await (await this.get(sessionId)).recover();
        return;
      } catch (error) {
        if (isStoreError(error, 'not_found') || error instanceof CspError) return;
        this.#deps.logger.warn({ err: error, session_id: sessionId }, 'a session could not be opened again yet');
      }
    }
  }

  /** Opens no session from now on. Resolves when every session that was being opened is open or has failed. */
  async #stopOpening(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#sweeper);
    clearInterval(this.#renewer);
    clearInterval(this.#overdue);
    await this.#renewing;
    const opening = [...this.#sessions.values()].flatMap((served) =>
      served.state === 'opening' ? [served.opened] : [],
    );
    await Promise.allSettled(opening);
  }

  async #closeAll(): Promise<void> {
    const evicting = [...this.#sessions.values()].flatMap((served) =>
      served.state === 'evicting' ? [served.evicted] : [],
    );
    await Promise.all([...this.all.map((live) => live.close()), ...evicting]);
  }
}
