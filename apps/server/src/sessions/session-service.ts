import { randomUUID } from 'node:crypto';

import {
  CspError,
  type EventActor,
  type AgentCommand,
  type PermissionMode,
  type SessionCreateParams,
  type SessionResource,
  type SessionRule,
  type SessionUpdateParams,
  type UserEventParams,
} from '@claude-sdk-pattern/protocol';

import { toSessionDirs } from '../workspaces/session-dirs.ts';
import type { Role } from '../identity/actor.ts';
import type { Subscriber, Subscription } from '../journal/subscription.ts';
import { findUnaskedRefusal } from '../permissions/unasked-refusal.ts';
import type { SessionListOptions } from '../store/session-list.ts';
import type { Session } from '../store/sessions.ts';
import { assertMayWait } from './assert-may-wait.ts';
import { checkUserEvents } from './check-user-events.ts';
import { createSession, type CreatedSession } from './create-session.ts';
import { deleteSession } from './delete-session.ts';
import { ForkQueue } from './fork-queue.ts';
import { forkSession } from './fork-session.ts';
import type { LiveSession } from './live-session.ts';
import { findProfile } from '../processes/profile.ts';
import { createProcessRoom, type ProcessRoom } from './process-room.ts';
import { findAnswer, rethrowUnlessAnswered, toRequestIdentity, type RequestIdentity } from './request-identity.ts';
import type { SentEvents } from './send-events.ts';
import { ServedSessions } from './served-sessions.ts';
import { RunningQuota } from './quotas.ts';
import type { SessionDeps } from './session-deps.ts';
import { readSessionRules } from '../permissions/session-rules.ts';
import { toResource } from './to-resource.ts';

/** Who asks, as far as sessions care. */
export interface Caller extends EventActor {
  role: Role;
  /** Chosen by the client; requests with the same id are done once. Absent where the transport has none. */
  requestId?: string;
}

export type SessionChange =
  | { type: 'changed'; ownerId: string; session: SessionResource }
  | { type: 'deleted'; ownerId: string; sessionId: string };

/** Processes are started ahead of the first message only while this share of the places is free. */
const WARM_UP_SHARE = 0.5;

/** The way into sessions for everything outside of this folder. Every method throws `not_found` for what the caller may not see. */
export class SessionService {
  readonly #deps: SessionDeps;
  readonly #maxProcesses: number;
  readonly #served: ServedSessions;
  readonly #running: RunningQuota;
  readonly #forks = new ForkQueue();
  readonly #watchers = new Set<(change: SessionChange) => void>();
  /** Who gives up its process when others need the place. */
  readonly room: ProcessRoom;

  constructor(deps: SessionDeps, options: { maxProcesses: number }) {
    this.#deps = deps;
    this.#maxProcesses = options.maxProcesses;
    this.#running = new RunningQuota(deps.quotas);
    this.#served = new ServedSessions(deps, {
      onChange: (live) => {
        this.#publish(live);
        // It may have become idle while others wait for a place.
        deps.places.ask();
      },
    });
    this.room = createProcessRoom({
      ...{ served: this.#served, clock: deps.clock, logger: deps.logger },
      onSettled: () => deps.places.ask(),
    });
  }

  /** Takes up what a dead predecessor left, and begins to look after idle sessions. */
  start(): Promise<void> {
    return this.#served.start();
  }

  async create(caller: Caller, params: SessionCreateParams = {}): Promise<CreatedSession> {
    this.#served.assertServing();
    const identity = toIdentity(caller, { create: params });
    this.#assertMayChoose(caller, params.permission_mode);
    await checkUserEvents(this.#deps.files, caller.id, params.initial_events ?? []);
    try {
      const created = await createSession(this.#deps, { ownerId: caller.id, params, identity });
      const live = await this.#served.get(created.session.id);
      await this.#warmUpNew(live);
      this.#publish(live);
      return await this.#sendInitialEvents(caller, created, params);
    } catch (error) {
      return this.#sendInitialEvents(caller, rethrowUnlessAnswered<CreatedSession>(error), params);
    }
  }

  /** A spare of its profile is there at once when it is needed; without one the start begins now. */
  async #warmUpNew(live: LiveSession): Promise<void> {
    const { pool, places, store } = this.#deps;
    if (places.used >= this.#maxProcesses * WARM_UP_SHARE) return;
    const { fingerprint } = await findProfile(store, live.session);
    if ((pool.state.readyByProfile.get(fingerprint) ?? 0) === 0) live.warmUp();
  }

  /** Once for each creation, also where the first attempt was cut off between the two. */
  async #sendInitialEvents(
    caller: Caller,
    created: CreatedSession,
    { initial_events: events = [] }: SessionCreateParams,
  ): Promise<CreatedSession> {
    if (events.length === 0) return created;
    const { requestId, ...author } = caller;
    const sender = requestId === undefined ? author : { ...author, requestId: `${requestId}/initial_events` };
    await this.send(sender, created.session.id, events);
    const session = await this.#getOwned(caller, created.session.id);
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

  /** What a message may begin with, after a slash; empty until a process of the session's profile has told. */
  async listCommands(caller: Caller, sessionId: string): Promise<readonly AgentCommand[]> {
    const { settings } = await findProfile(this.#deps.store, await this.#getOwned(caller, sessionId));
    return this.#deps.commands.find(settings);
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
    this.#served.assertServing();
    const identity = toRequestIdentity(caller.id, caller.requestId ?? randomUUID(), { send: sessionId, events });
    try {
      const session = await this.#getOwned(caller, sessionId);
      if (session.archivedAt !== null) {
        throw new CspError('state_conflict', `Session ${sessionId} is archived. Bring it back first`);
      }
      await checkUserEvents(this.#deps.files, session.ownerId, events);
      const live = await this.#served.get(sessionId);
      return await this.#running.send(live, { served: this.served, events }, async () => {
        assertMayWait(this.#deps, live, events);
        return live.send({ actor: { id: caller.id, name: caller.name }, identity, events });
      });
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
    if (this.#served.isStopping || session.archivedAt !== null || session.lastSeq === 0) return;
    const live = await this.#served.get(sessionId);
    const { places } = this.#deps;
    const canMakeRoom = places.waiting === 0 && (places.isFree || this.room.hasIdle);
    if (live.process.state === 'none' && canMakeRoom && !this.#served.isStopping) live.warmUp();
  }

  /** What people have allowed for the session as a whole, oldest first. */
  async listRules(caller: Caller, sessionId: string): Promise<readonly SessionRule[]> {
    await this.#getOwned(caller, sessionId);
    return this.#served.find(sessionId)?.rules ?? readSessionRules(this.#deps.store, sessionId);
  }

  async revokeRule(caller: Caller, sessionId: string, ruleId: string): Promise<void> {
    await this.#getOwned(caller, sessionId);
    const live = await this.#served.get(sessionId);
    await live.revokeRule({ ruleId, actor: { id: caller.id, name: caller.name } });
  }

  /** Sends a model request at once that waits to be sent again. @throws CspError `state_conflict` where none waits. */
  async retryNow(caller: Caller, sessionId: string): Promise<void> {
    await this.#getOwned(caller, sessionId);
    const live = this.#served.find(sessionId);
    if (live === undefined) throw new CspError('state_conflict', `Session ${sessionId} does not wait for the model`);
    live.retryNow();
  }

  async withdraw(caller: Caller, sessionId: string, eventId: string): Promise<void> {
    await this.#getOwned(caller, sessionId);
    const identity = toIdentity(caller, { withdraw: sessionId, eventId });
    await (await this.#served.get(sessionId)).withdraw(eventId, identity);
  }

  async update(caller: Caller, sessionId: string, params: SessionUpdateParams): Promise<SessionResource> {
    await this.#getOwned(caller, sessionId);
    const identity = toIdentity(caller, { update: sessionId, params });
    this.#assertMayChoose(caller, params.permission_mode);
    return this.#toResource(await (await this.#served.get(sessionId)).update(params, identity));
  }

  /** @throws CspError `permission_denied` for a mode that never asks, where the caller may not have it. */
  #assertMayChoose({ role }: Caller, mode: PermissionMode | undefined): void {
    const { confines } = this.#deps.launcher;
    const refusal = mode === 'bypassPermissions' ? findUnaskedRefusal({ confines, role }) : undefined;
    if (refusal !== undefined) throw new CspError('permission_denied', refusal);
  }

  async setArchived(caller: Caller, sessionId: string, archived: boolean): Promise<SessionResource> {
    await this.#getOwned(caller, sessionId);
    return this.#toResource(await (await this.#served.get(sessionId)).setArchived(archived));
  }

  /** Deletes the session with its journal, transcript and workspace. */
  async delete(caller: Caller, sessionId: string): Promise<void> {
    await this.#getOwned(caller, sessionId);
    const live = await this.#served.get(sessionId);
    const isDeleted = await this.#deleteServed(live, () => live.close());
    if (!isDeleted) throw toNotFound(sessionId);
  }

  /**
   * Deletes a session that nobody has touched since, ISO 8601. False when somebody has, or something goes on in it, at
   * the last moment too: from then on nothing is taken any more.
   */
  async deleteUnused(sessionId: string, options: { unchangedSince: string }): Promise<boolean> {
    const live = await this.#served.get(sessionId);
    const isUnused = live.session.updatedAt < options.unchangedSince;
    return isUnused && live.retire() && this.#deleteServed(live, async () => undefined);
  }

  /** False when somebody else is deleting it, or has. */
  async #deleteServed(live: LiveSession, close: () => Promise<void>): Promise<boolean> {
    const { id: sessionId, ownerId } = live.session;
    const isDeleted = await this.#served.leave(live, async () => {
      await close();
      await deleteSession(this.#deps, live.session);
      this.#deps.journal.forget(sessionId);
    });
    if (isDeleted) for (const watcher of this.#watchers) watcher({ type: 'deleted', ownerId, sessionId });
    return isDeleted;
  }

  /** A new session that goes on from the end of a turn of this one. */
  async fork(
    caller: Caller,
    sessionId: string,
    options: { afterEventId?: string; title?: string },
  ): Promise<{ session: SessionResource; last_seq: number }> {
    await this.#getOwned(caller, sessionId);
    const identity = toIdentity(caller, { fork: sessionId, ...options });
    const assertServing = () => this.#served.assertServing();
    const session = await this.#forks.run(caller.id, async () => {
      assertServing();
      const source = await this.#getOwned(caller, sessionId);
      return forkSession(this.#deps, source, { ...options, assertServing, ...(identity && { identity }) });
    });
    const live = await this.#served.get(session.id);
    this.#publish(live);
    return { session: this.#toResource(session), last_seq: session.lastSeq };
  }

  /** Calls back for every session that changes; the listener decides who may see it. */
  watch(listener: (change: SessionChange) => void): () => void {
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  /** Takes no new work, lets turns finish for a bounded time, then interrupts them and ends every process. */
  stop(options: { graceMs: number }): Promise<void> {
    return this.#served.stop(options);
  }

  /** Ends every process at once, without waiting for turns. */
  stopNow(): Promise<void> {
    return this.#served.stopNow();
  }

  /** How many turns run now. */
  get runningTurns(): number {
    return this.served.filter((live) => live.idleSinceMs === undefined).length;
  }

  /** The sessions in memory, for those who look after their processes. */
  get served(): readonly LiveSession[] {
    return this.#served.all;
  }

  async #getOwned(caller: Caller, sessionId: string): Promise<Session> {
    const session = this.#served.find(sessionId)?.session ?? (await this.#deps.store.sessions.find(sessionId));
    if (session === undefined || session.ownerId !== caller.id) throw toNotFound(sessionId);
    return session;
  }

  #publish(live: LiveSession): void {
    if (this.#watchers.size === 0) return;
    const change = { type: 'changed', ownerId: live.session.ownerId, session: this.#toResource(live.session) } as const;
    for (const watcher of this.#watchers) watcher(change);
  }

  #toResource(session: Session): SessionResource {
    return toResource(session, this.#served.find(session.id)?.process.state ?? 'none');
  }
}

/** By which the request is known when it comes again; undefined where the transport has no ids of requests. */
function toIdentity({ id, requestId }: Caller, content: unknown): RequestIdentity | undefined {
  return requestId === undefined ? undefined : toRequestIdentity(id, requestId, content);
}

function toNotFound(sessionId: string): CspError {
  return new CspError('not_found', `There is no session ${sessionId}`);
}
