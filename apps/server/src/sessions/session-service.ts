import { randomUUID } from 'node:crypto';

import {
  CspError,
  createId,
  type Actor,
  type AgentCommand,
  type SessionCreateParams,
  type SessionResource,
  type SessionUpdateParams,
  type UserEventParams,
} from '@claude-sdk-pattern/protocol';

import { deleteSessionDirs, linkWorkspace, toSessionDirs } from '../agent-process/session-dirs.ts';
import { resolveSessionDefinition } from '../definitions/resolve-session.ts';
import type { Subscriber, Subscription } from '../journal/subscription.ts';
import { isStoreError } from '../store/store-error.ts';
import type { SessionListOptions } from '../store/session-list.ts';
import type { Session } from '../store/sessions.ts';
import { checkUserEvents } from './check-user-events.ts';
import { forkSession } from './fork-session.ts';
import { toRulesKey, type LiveSession, type SentEvents } from './live-session.ts';
import { findProcessKind } from './process-kind.ts';
import { claimRequest, findAnswer, rethrowUnlessAnswered, toRequestIdentity } from './request-identity.ts';
import type { SessionDeps } from './session-deps.ts';
import { openLiveSession } from './open-live-session.ts';
import { toResource } from './to-resource.ts';

/** Who asks, as far as sessions care. */
export interface Caller extends Actor {
  /** Chosen by the client; requests with the same id are done once. Absent where the transport has none. */
  requestId?: string;
}

export type SessionChange =
  | { type: 'changed'; ownerId: string; session: SessionResource }
  | { type: 'deleted'; ownerId: string; sessionId: string };

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
const SWEEP_INTERVAL_MS = 5000;
/** A process that nobody has used for this long may go for a spare. */
const LONG_IDLE_MS = 60_000;
/** A session without a process is let go from memory when nothing has happened in it for this long. */
const KEPT_IN_MEMORY_MS = 60_000;
/** Processes are started ahead of the first message only while this share of the places is free. */
const WARM_UP_SHARE = 0.5;

/** The way into sessions for everything outside of this folder. Every method throws `not_found` for what the caller may not see. */
export class SessionService {
  readonly #deps: SessionDeps;
  readonly #maxProcesses: number;
  readonly #live = new Map<string, Promise<LiveSession>>();
  readonly #watchers = new Set<(change: SessionChange) => void>();
  readonly #makingRoom = new Set<LiveSession>();
  #opened = new Map<string, LiveSession>();
  /** Sessions that broke, until all of their processes is gone: another one must not start before. */
  readonly #closing = new Map<string, Promise<void>>();
  #sweeper: NodeJS.Timeout | undefined;
  #state: 'serving' | 'stopping' = 'serving';

  constructor(deps: SessionDeps, options: { maxProcesses: number }) {
    this.#deps = deps;
    this.#maxProcesses = options.maxProcesses;
  }

  /** Takes up what a dead predecessor left, and begins to look after idle sessions. */
  async start(): Promise<void> {
    this.#sweeper = setInterval(() => {
      for (const live of this.#opened.values()) this.#lookAfter(live);
    }, SWEEP_INTERVAL_MS);
    this.#sweeper.unref();
    const ids = new Set<string>();
    for (const session of await this.#deps.store.sessions.listByStatus(['running', 'rescheduling']))
      ids.add(session.id);
    for (const message of await this.#deps.store.queue.listOpenAll()) ids.add(message.sessionId);
    for (const approval of await this.#deps.store.approvals.listPending('everybody')) ids.add(approval.sessionId);
    for (const id of ids) {
      try {
        await (await this.#getLive(id)).recover();
      } catch (error) {
        this.#deps.logger.error({ err: error, session_id: id }, 'a session could not be taken up after the restart');
      }
    }
    if (ids.size > 0) this.#deps.logger.info({ sessions: ids.size }, 'took up sessions after a restart');
  }

  async create(
    caller: Caller,
    params: SessionCreateParams = {},
  ): Promise<{ session: SessionResource; last_seq: number }> {
    this.#assertServing();
    const identity =
      caller.requestId === undefined ? undefined : toRequestIdentity(caller.id, caller.requestId, { create: params });
    const { store } = this.#deps;
    await checkUserEvents(this.#deps.files, caller.id, params.initial_events ?? []);
    try {
      const session = await store.transaction(async (transaction) => {
        if (identity) await claimRequest(transaction, identity);
        const { agent, environmentId } = await resolveSessionDefinition(transaction, { userId: caller.id }, params);
        const created = await transaction.sessions.create({
          id: createId('sesn', this.#deps.clock.now()),
          ownerId: caller.id,
          agentId: agent.id,
          agentVersion: agent.version,
          agent,
          environmentId,
          permissionMode: params.permission_mode ?? 'default',
          agentSessionId: randomUUID(),
          title: params.title ?? null,
          titleSource: params.title == null ? null : 'user',
          model: params.model === undefined || params.model === 'default' ? null : params.model,
          metadata: params.metadata ?? {},
        });
        if (identity) await transaction.idempotency.complete(identity, { session_id: created.id });
        return created;
      });
      await linkWorkspace(this.#deps.dataDir, session.id, toSessionDirs(this.#deps.dataDir, session.agentSessionId));
      const live = await this.#getLive(session.id);
      await this.#warmUpNew(live);
      this.#publish(live);
      return await this.#sendInitialEvents(caller, session.id, params);
    } catch (error) {
      const answer = rethrowUnlessAnswered<{ session_id: string }>(error);
      return this.#sendInitialEvents(caller, answer.session_id, params);
    }
  }

  /** A spare of its kind is there at once when it is needed; without one the start begins now. */
  async #warmUpNew(live: LiveSession): Promise<void> {
    const { pool, slots, store } = this.#deps;
    if (slots.used >= this.#maxProcesses * WARM_UP_SHARE) return;
    const { profile } = await findProcessKind(store, live.session);
    if ((pool.state.readyByProfile.get(profile) ?? 0) === 0) live.warmUp();
  }

  /** Once for each creation, also where the first attempt was cut off between the two. */
  async #sendInitialEvents(
    caller: Caller,
    sessionId: string,
    { initial_events: events = [] }: SessionCreateParams,
  ): Promise<{ session: SessionResource; last_seq: number }> {
    const { requestId, ...author } = caller;
    const sender = requestId === undefined ? author : { ...author, requestId: `${requestId}/initial_events` };
    if (events.length > 0) await this.send(sender, sessionId, events);
    const session = await this.#getOwned(caller, sessionId);
    return { session: this.#toResource(session), last_seq: session.lastSeq };
  }

  async get(caller: Caller, sessionId: string): Promise<SessionResource> {
    return this.#toResource(await this.#getOwned(caller, sessionId));
  }

  /** The folder with the session's files; it is there only once there was a reason to make it. */
  async findWorkspaceDir(caller: Caller, sessionId: string): Promise<string> {
    const { agentSessionId } = await this.#getOwned(caller, sessionId);
    return toSessionDirs(this.#deps.dataDir, agentSessionId).workspace;
  }

  /** What a message may begin with, after a slash; empty until a process of the session's kind has told. */
  async listCommands(caller: Caller, sessionId: string): Promise<readonly AgentCommand[]> {
    const { definition } = await findProcessKind(this.#deps.store, await this.#getOwned(caller, sessionId));
    return this.#deps.commands.find(definition);
  }

  async list(
    caller: Caller,
    options: Omit<SessionListOptions, 'ownerId'>,
  ): Promise<{ sessions: SessionResource[]; nextCursor: string | null; previousCursor: string | null }> {
    const page = await this.#deps.store.sessions.list({ ...options, ownerId: caller.id });
    return { ...page, sessions: page.sessions.map((session) => this.#toResource(session)) };
  }

  /** The session, and from now on everything with `seq > after` to the subscriber. @throws CspError `invalid_request` when `after` is in the future. */
  async attach(
    caller: Caller,
    sessionId: string,
    options: {
      after: number;
      subscriber: Subscriber;
      onReady(answer: { session: SessionResource; last_seq: number }): void;
    },
  ): Promise<Subscription> {
    let session = await this.#getOwned(caller, sessionId);
    // What was just stored can be read before the session in memory has counted it; the client may have seen it.
    if (options.after > session.lastSeq) session = (await this.#deps.store.sessions.find(sessionId)) ?? session;
    if (options.after > session.lastSeq) {
      throw new CspError(
        'invalid_request',
        `after is ${options.after}, but the newest seq of ${sessionId} is ${session.lastSeq}`,
        { details: { field: 'after', last_seq: session.lastSeq } },
      );
    }
    options.onReady({ session: this.#toResource(session), last_seq: session.lastSeq });
    return this.#deps.journal.subscribe(sessionId, options.after, options.subscriber);
  }

  async send(caller: Caller, sessionId: string, events: readonly UserEventParams[]): Promise<SentEvents> {
    this.#assertServing();
    const identity = toRequestIdentity(caller.id, caller.requestId ?? randomUUID(), { send: sessionId, events });
    try {
      const session = await this.#getOwned(caller, sessionId);
      if (session.archivedAt !== null) {
        throw new CspError('state_conflict', `Session ${sessionId} is archived. Bring it back first`);
      }
      await checkUserEvents(this.#deps.files, session.ownerId, events);
      const live = await this.#getLive(sessionId);
      this.#assertMayWait(live, events);
      return await live.send({ actor: { id: caller.id, name: caller.name }, identity, events });
    } catch (error) {
      // What was done before is not judged again: by now the session may be archived, or the approval answered.
      const answered = await findAnswer<SentEvents>(this.#deps.store, identity);
      if (answered !== undefined) return answered;
      throw error;
    }
  }

  /**
   * Somebody has opened the session and begins to write: its process is started ahead of the message, where that takes
   * nothing from work. A session that has said nothing yet is served by a spare, which need not be woken.
   */
  async wake(caller: Caller, sessionId: string): Promise<void> {
    const session = await this.#getOwned(caller, sessionId);
    if (this.#state === 'stopping' || session.archivedAt !== null || session.lastSeq === 0) return;
    const live = await this.#getLive(sessionId);
    const { slots } = this.#deps;
    if (this.#state !== 'serving') return;
    const canMakeRoom = slots.waiting === 0 && (slots.isFree || this.#findLongestIdle() !== undefined);
    if (live.process.state === 'none' && canMakeRoom) live.warmUp();
  }

  async withdraw(caller: Caller, sessionId: string, eventId: string): Promise<void> {
    await this.#getOwned(caller, sessionId);
    await (await this.#getLive(sessionId)).withdraw(eventId);
  }

  async update(caller: Caller, sessionId: string, params: SessionUpdateParams): Promise<SessionResource> {
    await this.#getOwned(caller, sessionId);
    return this.#toResource(await (await this.#getLive(sessionId)).update(params));
  }

  async setArchived(caller: Caller, sessionId: string, archived: boolean): Promise<SessionResource> {
    await this.#getOwned(caller, sessionId);
    return this.#toResource(await (await this.#getLive(sessionId)).setArchived(archived));
  }

  /** Deletes the session with its journal, transcript and workspace. */
  async delete(caller: Caller, sessionId: string): Promise<void> {
    const { ownerId } = await this.#getOwned(caller, sessionId);
    const live = await this.#getLive(sessionId);
    await live.close();
    await this.#deleteClosed(live, ownerId);
  }

  /**
   * Deletes a session that nobody has touched since, ISO 8601. False when somebody has, or something goes on in it, at
   * the last moment too: from then on nothing is taken any more.
   */
  async deleteUnused(sessionId: string, options: { unchangedSince: string }): Promise<boolean> {
    const live = await this.#getLive(sessionId);
    const isUnused = live.session.updatedAt < options.unchangedSince;
    if (!isUnused || !live.retire()) return false;
    await this.#deleteClosed(live, live.session.ownerId);
    return true;
  }

  async #deleteClosed(live: LiveSession, ownerId: string): Promise<void> {
    const { id: sessionId } = live.session;
    this.#forget(live);
    await this.#deps.store.sessions.delete(sessionId);
    await this.#deps.store.settings.delete(toRulesKey(sessionId));
    await deleteSessionDirs(this.#deps.dataDir, live.session);
    for (const watcher of this.#watchers) watcher({ type: 'deleted', ownerId, sessionId });
  }

  /** A new session that goes on from the end of a turn of this one. */
  async fork(
    caller: Caller,
    sessionId: string,
    options: { afterEventId?: string; title?: string },
  ): Promise<{ session: SessionResource; last_seq: number }> {
    this.#assertServing();
    const source = await this.#getOwned(caller, sessionId);
    const session = await forkSession(this.#deps, source, {
      ...options,
      ...(caller.requestId !== undefined && {
        identity: toRequestIdentity(caller.id, caller.requestId, { fork: sessionId, ...options }),
      }),
    });
    const live = await this.#getLive(session.id);
    this.#publish(live);
    return { session: this.#toResource(session), last_seq: session.lastSeq };
  }

  /** Calls back for every session that changes; the listener decides who may see it. */
  watch(listener: (change: SessionChange) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** Gives up the process of the session that has been idle for longest. False when there is none. */
  makeRoom(): boolean {
    const live = this.#findLongestIdle();
    if (live !== undefined) this.#hibernateForRoom(live);
    return live !== undefined;
  }

  /** Sessions that are on the way to give up their processes. */
  get makingRoom(): number {
    return this.#makingRoom.size;
  }

  /** How many sessions have held a process for a minute without using it. */
  get longIdle(): number {
    return [...this.#opened.values()].filter((live) => this.#canGiveUp(live) && this.#isLongIdle(live)).length;
  }

  /** Gives up the process of one of those; false when there is none. */
  giveUpLongIdle(): boolean {
    const live = this.#findLongestIdle();
    if (live === undefined || !this.#isLongIdle(live)) return false;
    this.#hibernateForRoom(live);
    return true;
  }

  /** Takes no new work, lets turns finish for a bounded time, then interrupts them and ends every process. */
  async stop(options: { graceMs: number }): Promise<void> {
    this.#state = 'stopping';
    clearInterval(this.#sweeper);
    const deadline = this.#deps.clock.now() + options.graceMs;
    const all = [...this.#opened.values()];
    for (const live of all) live.stopTaking();
    while (all.some((live) => live.idleSinceMs === undefined) && this.#deps.clock.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // A turn whose process is still to come is left as it is: the next server goes on with it.
    const working = all.filter((live) => live.process.state === 'live');
    await Promise.all(working.map((live) => live.interruptAndWait(2000)));
    await Promise.all(all.map((live) => live.close()));
    await this.#deps.journal.flush();
  }

  /** Ends every process at once, without waiting for turns. */
  async stopNow(): Promise<void> {
    this.#state = 'stopping';
    clearInterval(this.#sweeper);
    await Promise.all([...this.#opened.values()].map((live) => live.close()));
  }

  /** How many turns run now. */
  get runningTurns(): number {
    return [...this.#opened.values()].filter((live) => live.idleSinceMs === undefined).length;
  }

  /** The sessions in memory, for those who look after their processes. */
  get served(): readonly LiveSession[] {
    return [...this.#opened.values()];
  }

  #findLongestIdle(): LiveSession | undefined {
    const idle = [...this.#opened.values()].filter((live) => this.#canGiveUp(live));
    return idle.toSorted((a, b) => (a.idleSinceMs ?? 0) - (b.idleSinceMs ?? 0))[0];
  }

  #canGiveUp(live: LiveSession): boolean {
    return live.idleSinceMs !== undefined && live.process.state === 'live' && !this.#makingRoom.has(live);
  }

  #isLongIdle({ idleSinceMs }: LiveSession): boolean {
    return idleSinceMs !== undefined && this.#deps.clock.now() - idleSinceMs > LONG_IDLE_MS;
  }

  #hibernateForRoom(live: LiveSession): void {
    this.#makingRoom.add(live);
    live
      .hibernate('capacity')
      .catch((error: unknown) => this.#deps.logger.error({ err: error }, 'could not hibernate a session'))
      .finally(() => this.#makingRoom.delete(live));
  }

  async #getOwned(caller: Caller, sessionId: string): Promise<Session> {
    const session = this.#opened.get(sessionId)?.session ?? (await this.#deps.store.sessions.find(sessionId));
    if (session === undefined || session.ownerId !== caller.id)
      throw new CspError('not_found', `There is no session ${sessionId}`);
    return session;
  }

  #getLive(sessionId: string): Promise<LiveSession> {
    const known = this.#live.get(sessionId);
    if (known) return known;
    const callbacks = {
      onChange: (live: LiveSession) => {
        this.#publish(live);
        // It may have become idle while others wait for a place.
        this.#deps.slots.ask();
      },
      onBroken: (live: LiveSession, error: unknown) => this.#handleBroken(live, error),
    };
    const closing = this.#closing.get(sessionId) ?? Promise.resolve();
    const opening = closing.then(() => openLiveSession(this.#deps, sessionId, callbacks));
    this.#live.set(sessionId, opening);
    opening.then(
      (live) => this.#opened.set(sessionId, live),
      () => this.#live.delete(sessionId),
    );
    return opening;
  }

  /** Of thousands of sessions only those stay in memory in which something goes on. */
  #lookAfter(live: LiveSession): void {
    live.sweep();
    const idleMs = this.#deps.clock.now() - (live.idleSinceMs ?? Infinity);
    if (idleMs <= Math.min(KEPT_IN_MEMORY_MS, this.#deps.idleTimeoutMs) || !live.retire()) return;
    this.#forget(live);
    this.#deps.store.leases
      .release({ sessionId: live.session.id, fence: live.fence })
      .catch((error: unknown) => this.#deps.logger.warn({ err: error }, 'a lease could not be given back'));
  }

  #handleBroken(live: LiveSession, error: unknown): void {
    this.#deps.logger.error({ err: error, session_id: live.session.id }, 'a session cannot be served here any more');
    const sessionId = live.session.id;
    if (this.#opened.get(sessionId) !== live) return;
    this.#forget(live);
    const closing = live.close().finally(() => this.#closing.delete(sessionId));
    this.#closing.set(sessionId, closing);
    const isLost = isStoreError(error, 'stale_fence') || isStoreError(error, 'not_found');
    if (!isLost) void closing.then(() => this.#takeUpAgain(sessionId, FIRST_RETRY_MS));
  }

  /** The store has failed for a moment: what the session was doing goes on when it is back. */
  async #takeUpAgain(sessionId: string, delayMs: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, delayMs).unref());
    if (this.#state !== 'serving') return;
    try {
      await (await this.#getLive(sessionId)).recover();
    } catch (error) {
      if (isStoreError(error, 'not_found') || error instanceof CspError) return;
      this.#deps.logger.warn({ err: error, session_id: sessionId }, 'a session could not be taken up again yet');
      await this.#takeUpAgain(sessionId, Math.min(delayMs * 2, LONGEST_RETRY_MS));
    }
  }

  #forget(live: LiveSession): void {
    if (this.#opened.get(live.session.id) !== live) return;
    this.#live.delete(live.session.id);
    this.#opened.delete(live.session.id);
  }

  #publish(live: LiveSession): void {
    if (this.#watchers.size === 0) return;
    const change = { type: 'changed', ownerId: live.session.ownerId, session: this.#toResource(live.session) } as const;
    for (const watcher of this.#watchers) watcher(change);
  }

  #toResource(session: Session): SessionResource {
    return toResource(session, this.#opened.get(session.id)?.process.state ?? 'none');
  }

  /** Nothing is stored of a message whose turn could not even wait for a process. @throws CspError `overloaded` */
  #assertMayWait(live: LiveSession, events: readonly UserEventParams[]): void {
    const { slots, pool } = this.#deps;
    const asksForProcess = events.some((event) => event.type === 'user.message') && live.process.state === 'none';
    if (!asksForProcess || slots.isFree || pool.state.ready > 0) return;
    const refusal = slots.refusal(live.session.ownerId);
    if (refusal !== undefined) throw refusal;
  }

  #assertServing(): void {
    if (this.#state === 'serving') return;
    throw new CspError('stopping', 'The server is stopping. Try again in a moment', { retryAfterMs: 2000 });
  }
}
