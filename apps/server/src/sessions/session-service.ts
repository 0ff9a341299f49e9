import { randomUUID } from 'node:crypto';

import {
  CspError,
  type AgentCommand,
  type DiskUseReport,
  type PermissionMode,
  type PolicyTestResult,
  type SearchResultList,
  type SessionCreateParams,
  type SessionMcpServerResource,
  type SessionEvent,
  type SessionResource,
  type SessionRule,
  type SessionUpdateParams,
  type StopImpact,
  type UserContentBlock,
  type UserEventParams,
  type SessionOptions,
  type SessionReload,
} from '@claude-sdk-pattern/protocol';

import type { Action } from '../access/actions.ts';
import { toFactActor, toKeyDetails } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import { toSessionEvents, type SessionEvents } from '../journal/session-events.ts';
import type { Subscription } from '../journal/subscription.ts';
import { toOutageError } from '../model-gateway/upstreams/outage-error.ts';
import { toAnswerer } from '../permissions/assert-may-answer.ts';
import { findUnaskedRefusal } from '../permissions/unasked-refusal.ts';
import type { Session } from '../store/sessions.ts';
import { createBudgetResumption, type BudgetResumption } from './budget-resumption.ts';
import { checkUserEvents } from './check-user-events.ts';
import { createSession, type CreatedSession } from './create-session.ts';
import { ForkQueue } from './fork-queue.ts';
import { forkSession } from './fork-session.ts';
import type { LiveSession } from './live/live-session.ts';
import { describeMcpServers, reconnectMcpServer } from './session-mcp-servers.ts';
import { describeOptions, reloadSession } from './session-options.ts';
import { testPolicy, type PolicyTest } from './test-policy.ts';
import { findProfile } from '../processes/profile.ts';
import {
  findAnswer,
  rethrowUnlessAnswered,
  toRequestIdentity,
  type RequestIdentity,
} from '../turns/request-identity.ts';
import type { SentEvents } from '../turns/send-events.ts';
import { ServedSessions } from './served-sessions.ts';
import { NewSessionQuota, RunningQuota } from './quotas.ts';
import { sharesFiles, type SessionDeps } from './session-deps.ts';
import { readSessionRules } from '../permissions/session-rules.ts';
import { followStops } from './follow-stops.ts';
import { findStopImpact } from './stop-impact.ts';
import type { Stop } from '../stops/stop.ts';
import { createStopSessions, type StopSessions } from './stop-sessions.ts';
import { toStopError } from '../stops/stop-error.ts';
import { followOutages } from './follow-outages.ts';
import { attachSession, type AttachOptions } from './attach-session.ts';
import { listCommands } from './list-commands.ts';
import { listSessions, type ListSessionsOptions, type SessionPage } from './list-sessions.ts';
import { reportDiskUse } from './report-disk-use.ts';
import { searchSessions, type SearchOptions } from './search-sessions.ts';
import { createSessionAccess, type SessionAccess } from './session-access.ts';
import {
  createSessionChanges,
  type SessionChange,
  type SessionChanges,
  type WatchedChange,
} from './session-changes.ts';
import { createSessionRemoval, type SessionRemoval } from './session-removal.ts';
import { createSessionBranches, type MessageOptions, type SessionBranches } from './session-branches.ts';
import { createSessionAnswers, type SessionAnswers } from './session-answers.ts';
import { createSessionApps, type SessionApps } from './session-apps.ts';
import { createSessionFiles, type SessionFiles } from './session-files.ts';
import { createSessionWorkspace, type SessionWorkspace } from './session-workspace.ts';
import { createSessionTrust, type SessionTrust } from './trust/session-trust.ts';
import { createSessionResources, type SessionResources } from './resources/session-resources.ts';
import { createSessionGit, type SessionGit } from './session-git.ts';
import { createSessionTerminals, type SessionTerminals } from './session-terminals.ts';
import { createSessionTasks, type SessionTasks } from './session-tasks.ts';
import { createSessionShares, type SessionShares } from './session-shares.ts';
import { createShareBoard, type ShareBoard } from './share-board.ts';
import { toEventActor } from './to-event-actor.ts';
import { toResource } from './to-resource.ts';

/** Options of a request besides its content. */
export interface RequestOptions {
  /**
   * Chosen by the client: requests of a user with the same id are carried out once. Absent where the transport has
   * none.
   */
  requestId?: string | undefined;
}

interface SendOptions extends RequestOptions {
  events: readonly UserEventParams[];
  /** The message of a user in whose place the message stands. */
  insteadOf?: string | undefined;
}

/**
 * The way into sessions for everything outside of this folder. Over 300 lines: one short method for each thing that may be
 * done with a session, with its check of access. Every method throws `not_found` for a session that the
 * actor may not see.
 */
export class SessionService {
  readonly #deps: SessionDeps;
  readonly #served: ServedSessions;
  readonly #running: RunningQuota;
  readonly #created: NewSessionQuota;
  readonly #forks = new ForkQueue();
  readonly #access: SessionAccess;
  readonly #board: ShareBoard;
  readonly #changes: SessionChanges;
  readonly #removal: SessionRemoval;
  readonly #resumption: BudgetResumption;
  readonly #stops: StopSessions;
  /** With whom sessions are shared. */
  readonly shares: SessionShares;
  /** Who may answer the tool calls that wait. */
  readonly answers: SessionAnswers;
  /** Their workspaces. */
  readonly files: SessionFiles;
  /** What their agents run beside the conversations. */
  readonly tasks: SessionTasks;
  /** Their MCP Apps. */
  readonly apps: SessionApps;
  /** From where their conversations go on. */
  readonly branches: SessionBranches;
  /** What changed in their workspaces, and the way back. */
  readonly workspace: SessionWorkspace;
  /** What their workspaces bring, and what of it runs. */
  readonly trust: SessionTrust;
  /** What is mounted into their workspaces. */
  readonly resources: SessionResources;
  /** Their repositories, by hand. */
  readonly git: SessionGit;
  /** Who may have terminals in them. */
  readonly terminals: SessionTerminals;

  constructor(deps: SessionDeps) {
    this.#deps = deps;
    this.#running = new RunningQuota(deps.quotas);
    this.#created = new NewSessionQuota(deps.quotas, deps.clock);
    this.#served = new ServedSessions(deps, {
      onChange: (live) => {
        this.#publish(live);
        deps.processes.noteChange();
      },
    });
    this.#resumption = createBudgetResumption(deps, this.#served);
    this.#stops = createStopSessions(deps, this.#served);
    const { store, audit, findUsers, logger } = deps;
    this.#access = createSessionAccess({ store, findUsers, findServed: (sessionId) => this.#served.find(sessionId) });
    this.#board = createShareBoard({
      ...{ shares: store.shares, findUsers },
      onError: (error) => logger.warn({ err: error }, 'what is shared could not be looked up'),
    });
    this.#changes = createSessionChanges({
      ...{ store, board: this.#board, logger },
      toCurrentResource: (session) => this.#toResource(this.#served.find(session.id)?.session ?? session),
    });
    this.#removal = createSessionRemoval({
      ...{ deps, served: this.#served, changes: this.#changes, board: this.#board },
      publish: (live) => this.#publish(live),
    });
    const getLive = (sessionId: string) => this.#served.get(sessionId);
    /** Where servers share files, only the one with the session in its memory works on them. */
    const hasFiles = (sessionId: string) => !sharesFiles(deps) || this.#served.find(sessionId) !== undefined;
    this.answers = createSessionAnswers({
      ...{ store, audit, findUsers, getLive, clock: deps.clock },
      access: this.#access,
    });
    const getServing = (sessionId: string) => {
      this.#served.assertServing();
      return getLive(sessionId);
    };
    this.tasks = createSessionTasks({
      ...{ audit, workspaces: deps.workspaces, secretsInUse: deps.secretsInUse, access: this.#access },
      ...{ find: (sessionId) => this.#served.find(sessionId), getLive: getServing },
    });
    this.apps = createSessionApps({ ...{ store, audit, access: this.#access }, getLive: getServing });
    this.branches = createSessionBranches({ store, access: this.#access, getLive: getServing });
    this.files = createSessionFiles({
      ...{ audit, workspaces: deps.workspaces, clock: deps.clock, store },
      ...{ disk: deps.disk, userDisk: deps.userDisk, placeId: deps.placeId },
      access: this.#access,
      assertServing: () => this.#served.assertServing(),
      beforeChange: async (sessionId, userId) => {
        const live = sharesFiles(deps) ? await getLive(sessionId) : this.#served.find(sessionId);
        // People may change files also where no state can be recorded.
        await live?.beforeEdit(userId).catch(() => undefined);
      },
    });
    this.trust = createSessionTrust({ ...deps, access: this.#access, served: () => this.served });
    this.workspace = createSessionWorkspace({
      ...{ store, histories: deps.histories, placeId: deps.placeId, findUsers, access: this.#access },
      mayRecord: hasFiles,
      whenRecorded: (sessionId) => this.#served.find(sessionId)?.whenStatesRecorded(),
      getLive: (sessionId) => {
        this.#served.assertServing();
        return getLive(sessionId);
      },
    });
    this.resources = createSessionResources({
      ...{ ...deps, access: this.#access },
      getLive: (sessionId) => {
        this.#served.assertServing();
        return getLive(sessionId);
      },
    });
    const serveFiles = async (sessionId: string) => {
      if (sharesFiles(deps)) await (await getServing(sessionId)).bringFiles();
    };
    this.git = createSessionGit({
      ...{ ...deps, access: this.#access, getLive: getServing, serveFiles, hasFiles },
    });
    this.terminals = createSessionTerminals({ ...deps, access: this.#access, board: this.#board, serveFiles });
    this.shares = createSessionShares({
      ...{ store, audit, findUsers, access: this.#access, board: this.#board },
      onChanged: (sessionId) => this.#publishShares(sessionId),
    });
  }

  /** Recovers the turns that a dead server left, and starts to hibernate idle sessions. */
  async start(): Promise<void> {
    await this.#served.start();
    this.#stops.applyAll();
    // A budget may have been raised, or a period have begun, while no server ran.
    void this.#resumption.resumeAll();
  }

  async create(
    actor: Actor,
    params: SessionCreateParams = {},
    { requestId, deploymentId }: RequestOptions & { deploymentId?: string } = {},
  ): Promise<CreatedSession> {
    this.#served.assertServing();
    await this.#deps.workspaces.assertThere();
    const identity = toIdentity(actor, requestId, { create: params });
    this.#assertMayChoose(actor, params.permission_mode);
    this.#created.take(actor.userId);
    await checkUserEvents(this.#deps.files, actor, params.initial_events ?? []);
    const initial = { events: params.initial_events ?? [], requestId };
    try {
      // Before there is a session: without an id of the request, nobody could send the message to it later.
      if (identity === undefined || (await findAnswer(this.#deps.store, identity)) === undefined) {
        this.#assertModelAnswers(initial.events, params.model);
        this.#assertNotStopped(actor, initial.events, toAgentId(params));
      }
      const created = await createSession(this.#deps, { actor, params, identity, deploymentId });
      const live = await this.#served.get(created.session.id);
      await this.#warmUpNew(live);
      this.#publish(live);
      return await this.#sendInitialEvents(actor, created, initial);
    } catch (error) {
      return this.#sendInitialEvents(actor, rethrowUnlessAnswered<CreatedSession>(error), initial);
    }
  }

  /** With a spare of its profile the process is ready when it is needed. Without one, the start begins now. */
  async #warmUpNew(live: LiveSession): Promise<void> {
    if (this.#deps.stops.findTurnStop(live.session) !== undefined) return;
    // People want to see the files, or why there are none, before they write.
    if (live.session.resources.length > 0) return live.warmUp();
    if (this.#deps.processes.shouldStartAhead(await findProfile(this.#deps, live.session))) live.warmUp();
  }

  /** Sent once for each creation, even if the first attempt was cut off between the two. */
  async #sendInitialEvents(
    actor: Actor,
    created: CreatedSession,
    { events, requestId }: SendOptions,
  ): Promise<CreatedSession> {
    if (events.length === 0) return created;
    await this.send(actor, created.session.id, {
      events,
      requestId: requestId === undefined ? undefined : `${requestId}/initial_events`,
    });
    const session = await this.#getPermitted(actor, 'session.read', created.session.id);
    return { session: this.#toResource(session), last_seq: session.lastSeq };
  }

  async get(actor: Actor, sessionId: string): Promise<SessionResource> {
    return this.#access.describe(await this.#access.get(actor, 'session.read', sessionId));
  }

  /** The session with its stored events. Outside of this folder there is no other way to them. */
  async read(actor: Actor, sessionId: string): Promise<{ session: SessionResource; events: SessionEvents }> {
    const session = await this.get(actor, sessionId);
    return { session, events: toSessionEvents(this.#deps.store.events, session.id) };
  }

  /** The commands that a message may begin with; see `listCommands`. */
  async listCommands(actor: Actor, sessionId: string): Promise<readonly AgentCommand[]> {
    const session = await this.#getPermitted(actor, 'session.read', sessionId);
    return listCommands(this.#deps, session, this.#served.find(sessionId));
  }

  /** The sessions of the actor or, with `shared`, those that others share with the actor. */
  list(actor: Actor, options: ListSessionsOptions): Promise<SessionPage> {
    const toOwnResource = (session: Session) => this.#toResource(session);
    return listSessions({ store: this.#deps.store, access: this.#access, toOwnResource }, actor, options);
  }

  /** Finds what the actor may see by what was said in it. */
  search(actor: Actor, options: SearchOptions): Promise<SearchResultList> {
    const toOwnResource = (session: Session) => this.#toResource(session);
    return searchSessions({ store: this.#deps.store, access: this.#access, toOwnResource }, actor, options);
  }

  /** What the files of the actor's own sessions take. */
  reportDiskUse({ userId }: Actor): Promise<DiskUseReport> {
    return reportDiskUse(this.#deps, userId);
  }

  /** Answers with the session, then sends every event with `seq > after` to the subscriber. See `attachSession`. */
  attach(actor: Actor, sessionId: string, options: AttachOptions): Promise<Subscription> {
    const { store, journal } = this.#deps;
    const deps = { store, journal, access: this.#access, board: this.#board, changes: this.#changes };
    return attachSession(deps, { actor, sessionId }, options);
  }

  async send(
    actor: Actor,
    sessionId: string,
    { events, requestId, insteadOf: messageId }: SendOptions,
  ): Promise<SentEvents> {
    const content = { send: sessionId, events, ...(messageId !== undefined && { insteadOf: messageId }) };
    const identity = toRequestIdentity(actor.userId, requestId ?? randomUUID(), content);
    if (messageId !== undefined) assertOneMessage(events);
    const place = messageId === undefined ? undefined : ({ reason: 'edited', messageId } as const);
    return this.#send(actor, sessionId, { events, identity, place });
  }

  /** Sends a message of the conversation again in its own place. @throws CspError as `branches.rewind` */
  async rerun(actor: Actor, sessionId: string, { eventId, requestId }: MessageOptions): Promise<SentEvents> {
    const identity = toRequestIdentity(actor.userId, requestId ?? randomUUID(), { rerun: sessionId, eventId });
    await this.#getPermitted(actor, 'session.send', sessionId);
    const message = (await this.#deps.store.events.find(sessionId, eventId))?.body;
    if (message?.type !== 'user.message')
      throw new CspError('not_found', `Session ${sessionId} has no message ${eventId} of a user`);
    const events = [{ type: message.type, content: message.content as UserContentBlock[] }];
    const place = { reason: 'rerun', messageId: eventId } as const;
    return this.#send(actor, sessionId, { events, identity, place });
  }

  async #send(
    actor: Actor,
    sessionId: string,
    options: {
      events: readonly UserEventParams[];
      identity: RequestIdentity;
      place: { reason: 'edited' | 'rerun'; messageId: string } | undefined;
    },
  ): Promise<SentEvents> {
    const { events, identity, place } = options;
    this.#served.assertServing();
    await this.#deps.workspaces.assertThere();
    try {
      // The place of a repeated request is gone.
      if (place !== undefined) {
        const answered = await findAnswer<SentEvents>(this.#deps.store, identity);
        if (answered !== undefined) return answered;
      }
      const { session: seen, relation } = await this.answers.findForSend(actor, sessionId, events);
      const { session, level } = seen;
      if (session.archivedAt !== null) {
        throw new CspError('state_conflict', `Session ${sessionId} is archived. Unarchive it first`);
      }
      // Whoever may not choose a mode that never asks may not drive in it either.
      if (level !== null && events.some(({ type }) => type === 'user.message'))
        this.#assertMayChoose(actor, session.permissionMode);
      this.#assertNotStopped(actor, events);
      // What is sent again was checked before, with the files of who sent it.
      if (place?.reason !== 'rerun') await checkUserEvents(this.#deps.files, actor, events);
      const live = await this.#served.get(sessionId);
      return await this.#running.send(live, { served: this.served, events }, async () => {
        this.#assertMayWait(live, events);
        if (live.idleSinceMs !== undefined) this.#assertModelAnswers(events, live.session.model);
        const credential = toKeyDetails(actor);
        const request = {
          actor: toEventActor(actor),
          identity,
          events,
          answerer: toAnswerer(actor, relation),
          credential,
        };
        return place === undefined ? live.send(request) : live.sendInPlace(request, place);
      });
    } catch (error) {
      // A repeated request is not checked again: by now the session may be archived, or the approval answered.
      const answered = await findAnswer<SentEvents>(this.#deps.store, identity);
      if (answered !== undefined) return answered;
      await this.answers.noteRefusal(actor, sessionId, error);
      throw error;
    }
  }

  /** Sends events and answers with them as they are stored, also to an operator who may not see the session. */
  async sendAndRead(actor: Actor, sessionId: string, options: SendOptions): Promise<SessionEvent[]> {
    const sent = await this.send(actor, sessionId, options);
    const stored = await Promise.all(sent.events.map(({ id }) => this.#deps.store.events.find(sessionId, id)));
    return stored.flatMap((event) => (event ? [event.body] : []));
  }

  /**
   * Somebody begins to write: starts a process before the message, if no other work needs it. A session without
   * events gets a spare and needs no start.
   */
  async wake(actor: Actor, sessionId: string): Promise<void> {
    const session = await this.#getPermitted(actor, 'session.send', sessionId);
    if (this.#served.isStopping || session.archivedAt !== null || session.lastSeq === 0) return;
    if (this.#deps.stops.findTurnStop(session) !== undefined) return;
    const live = await this.#served.get(sessionId);
    if (live.process.state === 'none' && this.#deps.processes.canStartAhead && !this.#served.isStopping) live.warmUp();
  }

  /** What the next process of the session starts with, and where each option comes from. */
  async explainOptions(actor: Actor, sessionId: string): Promise<SessionOptions> {
    const session = await this.#getPermitted(actor, 'session.read', sessionId);
    return describeOptions(this.#deps, session, this.#served.find(sessionId));
  }

  /** Ends the process, at the end of a running turn: the next message starts one with the present plugins. */
  async reload(actor: Actor, sessionId: string): Promise<SessionReload> {
    await this.#getPermitted(actor, 'session.send', sessionId);
    this.#served.assertServing();
    return reloadSession(this.#deps, await this.#served.get(sessionId));
  }

  /** The MCP servers of the session's process, or of its next one, and how each is. */
  async listMcpServers(actor: Actor, sessionId: string): Promise<SessionMcpServerResource[]> {
    const session = await this.#getPermitted(actor, 'session.read', sessionId);
    return describeMcpServers(this.#deps, session, this.#served.find(sessionId));
  }

  /** @throws CspError `state_conflict` while no process runs, `not_found` for a server that it does not have */
  async reconnectMcpServer(actor: Actor, sessionId: string, server: string): Promise<SessionMcpServerResource[]> {
    const session = await this.#getPermitted(actor, 'session.send', sessionId);
    this.#served.assertServing();
    const live = await this.#served.get(sessionId);
    reconnectMcpServer(session, live, server);
    return describeMcpServers(this.#deps, session, live);
  }

  /**
   * Somebody has signed in to an MCP server: the sessions of this user, or all for the platform, whose id is empty, try again to
   * reach theirs. Sessions on other servers find out with their next try, within a minute.
   */
  retryMcpServers(ownerId: string): void {
    for (const live of this.served) if (ownerId === '' || live.session.ownerId === ownerId) live.retryMcpServers();
  }

  /** For hints that store nothing. @throws CspError `not_found`, `permission_denied` */
  async assertMaySend(actor: Actor, sessionId: string): Promise<void> {
    await this.#access.get(actor, 'session.send', sessionId);
  }

  /** Rules that people have set for the whole session, oldest first. */
  async listRules(actor: Actor, sessionId: string): Promise<readonly SessionRule[]> {
    await this.#getPermitted(actor, 'session.read', sessionId);
    return this.#served.find(sessionId)?.rules ?? readSessionRules(this.#deps.store, sessionId);
  }

  async revokeRule(actor: Actor, sessionId: string, ruleId: string): Promise<void> {
    await this.#getPermitted(actor, 'session.revoke_rule', sessionId);
    const live = await this.#served.get(sessionId);
    await live.revokeRule({ ruleId, actor: toEventActor(actor) });
  }

  /**
   * Sends a model request now that waits for its next attempt.
   * @throws CspError `state_conflict` when none waits.
   */
  async retryNow(actor: Actor, sessionId: string): Promise<void> {
    await this.#getPermitted(actor, 'session.send', sessionId);
    const live = this.#served.find(sessionId);
    if (live === undefined)
      throw new CspError('state_conflict', `No model request of session ${sessionId} waits for a retry`);
    live.retryNow();
  }

  async withdraw(
    actor: Actor,
    sessionId: string,
    { eventId, requestId }: RequestOptions & { eventId: string },
  ): Promise<void> {
    await this.#getPermitted(actor, 'session.send', sessionId);
    const identity = toIdentity(actor, requestId, { withdraw: sessionId, eventId });
    await (await this.#served.get(sessionId)).withdraw(eventId, identity);
  }

  async update(
    actor: Actor,
    sessionId: string,
    { params, requestId }: RequestOptions & { params: SessionUpdateParams },
  ): Promise<SessionResource> {
    const seen = await this.#access.get(actor, 'session.update', sessionId);
    const identity = toIdentity(actor, requestId, { update: sessionId, params });
    this.#assertMayChoose(actor, params.permission_mode);
    const live = await this.#served.get(sessionId);
    const session = await live.update(params, { identity, by: toFactActor(actor) });
    return this.#access.describe({ ...seen, session });
  }

  /** What the policy would make of a tool call. @throws CspError `not_found` for an agent that the actor may not see. */
  testPolicy(actor: Actor, test: PolicyTest): Promise<PolicyTestResult> {
    return testPolicy(this.#deps, actor, test);
  }

  /** @throws CspError `permission_denied` for a mode that never asks, if the actor may not choose it. */
  #assertMayChoose({ role }: Actor, mode: PermissionMode | undefined): void {
    if (mode !== 'bypassPermissions') return;
    const { confines, policies } = this.#deps;
    const refusal = findUnaskedRefusal({ confines, role, granted: policies.current.policy.never_ask });
    if (refusal !== undefined) throw new CspError('permission_denied', refusal);
  }

  async setArchived(actor: Actor, sessionId: string, archived: boolean): Promise<SessionResource> {
    const seen = await this.#access.get(actor, 'session.archive', sessionId);
    const live = await this.#served.get(sessionId);
    return this.#access.describe({ ...seen, session: await live.setArchived(archived, toFactActor(actor)) });
  }

  /** Deletes the session with its journal, transcript and workspace. */
  async delete(actor: Actor, sessionId: string): Promise<void> {
    await this.#getPermitted(actor, 'session.delete', sessionId);
    if (!(await this.#removal.delete(sessionId, actor))) throw toNotFound(sessionId);
  }

  /** See `SessionRemoval.deleteUnused`. */
  deleteUnused(sessionId: string, options: { unchangedSince: string }): Promise<boolean> {
    return this.#removal.deleteUnused(sessionId, options);
  }

  /** See `SessionRemoval.deleteAll`. */
  deleteAll(ownerId: string, actor: Actor): Promise<void> {
    return this.#removal.deleteAll(ownerId, actor);
  }

  /** See `SessionRemoval.handOverAll`. */
  handOverAll(ownerId: string, nextOwnerId: string): Promise<void> {
    return this.#removal.handOverAll(ownerId, nextOwnerId);
  }

  /** Makes a new session of the actor that continues from the end of a turn of this one. */
  async fork(
    actor: Actor,
    sessionId: string,
    { requestId, ...options }: RequestOptions & { afterEventId?: string; title?: string },
  ): Promise<{ session: SessionResource; last_seq: number }> {
    await this.#getPermitted(actor, 'session.fork', sessionId);
    this.#created.take(actor.userId);
    const identity = toIdentity(actor, requestId, { fork: sessionId, ...options });
    const assertServing = () => this.#served.assertServing();
    const session = await this.#forks.run(actor.userId, async () => {
      assertServing();
      // No other server writes what is copied.
      using kept = new DisposableStack();
      if (sharesFiles(this.#deps)) kept.use((await this.#served.get(sessionId)).keep());
      const source = await this.#getPermitted(actor, 'session.fork', sessionId);
      return forkSession(this.#deps, source, { ...options, actor, assertServing, ...(identity && { identity }) });
    });
    const live = await this.#served.get(session.id);
    this.#publish(live);
    return { session: this.#toResource(session), last_seq: session.lastSeq };
  }

  /**
   * See `SessionChanges.watch`. Also tells when the plugins of new processes change, and of outages of the model API, of stops of
   * operators and of storage that fails, also of those that have begun already.
   */
  async watch(actor: Actor, listener: (change: WatchedChange) => void): Promise<() => void> {
    const { plugins, upstreams, stops, storage, clock } = this.#deps;
    const unwatch = await this.#changes.watch(actor, listener);
    const unlisten = plugins.onChanged(() => listener({ type: 'plugins_changed' }));
    const unfollow = followOutages({ upstreams, clock }, (outage) => listener({ type: 'model_outage', outage }));
    const unfollowStops = followStops(stops, actor, (stop) => listener({ type: 'work_stopped', stop }));
    const tellStorage = () => listener({ type: 'storage_problem', problem: storage.current ?? null });
    const unfollowStorage = storage.onChanged(tellStorage);
    if (storage.current !== undefined) tellStorage();
    return () => {
      unfollowStorage();
      unfollowStops();
      unfollow();
      unlisten();
      unwatch();
    };
  }

  /** For the server itself: calls back for every change of every session. */
  onChanged(listener: (change: SessionChange) => void): () => void {
    return this.#changes.onChanged(listener);
  }

  /** The agent of a session in memory. */
  findAgentId(sessionId: string): string | undefined {
    return this.#served.find(sessionId)?.session.agentId;
  }

  /** What stopping something would do now; see `findStopImpact`. */
  findStopImpact(what: Pick<Stop, 'scope' | 'targetId'>): Promise<StopImpact> {
    return findStopImpact({ store: this.#deps.store, served: this.served }, what);
  }

  /** Refuses new work, lets turns finish for a bounded time, then interrupts them and ends every process. */
  stop(options: { graceMs: number }): Promise<void> {
    this.#resumption.close();
    this.#stops.close();
    return this.#served.stop(options);
  }

  /** Ends every process at once, without waiting for turns. */
  stopNow(): Promise<void> {
    this.#resumption.close();
    this.#stops.close();
    return this.#served.stopNow();
  }

  /** The sessions in memory, for the parts that manage their processes. */
  get served(): readonly LiveSession[] {
    return this.#served.all;
  }

  /**
   * Refuses a message, before it is stored, if its turn could not even wait for a process.
   * @throws CspError `overloaded`
   */
  #assertMayWait(live: LiveSession, events: readonly UserEventParams[]): void {
    const asksForProcess = events.some((event) => event.type === 'user.message') && live.process.state === 'none';
    const refusal = asksForProcess ? this.#deps.processes.refusal(live.session.ownerId) : undefined;
    if (refusal !== undefined) throw refusal;
  }

  /**
   * Refuses a message that would begin a turn in an outage of the model API. The first one after the outage should have ended
   * is taken: its call tries whether it has.
   * @throws CspError `overloaded`
   */
  #assertModelAnswers(events: readonly UserEventParams[], chosen: string | null | undefined): void {
    if (!events.some(({ type }) => type === 'user.message')) return;
    const model = chosen ?? this.#deps.defaultModel;
    const outage = this.#deps.upstreams.findOutage({ model });
    if (outage !== undefined) throw toOutageError(outage);
  }

  /**
   * Refuses a message before it is stored, where an operator has stopped the work of who sends it. That of the session is looked
   * at when the message has its turn in the session's order.
   * @throws CspError `work_stopped`, `draining`
   */
  #assertNotStopped({ userId }: Actor, events: readonly UserEventParams[], agentId?: string): void {
    if (!events.some(({ type }) => type === 'user.message')) return;
    const stop = this.#deps.stops.findTurnStop({ ownerId: userId, agentId });
    if (stop !== undefined) throw toStopError(stop);
  }

  async #getPermitted(actor: Actor, action: Action, sessionId: string): Promise<Session> {
    return (await this.#access.get(actor, action, sessionId)).session;
  }

  /** Tells its owner with how many people a session is shared now. */
  async #publishShares(sessionId: string): Promise<void> {
    if (!this.#changes.isHeard) return;
    const { store } = this.#deps;
    const [session, counts] = await Promise.all([store.sessions.find(sessionId), store.shares.count([sessionId])]);
    if (session === undefined) return;
    const current = this.#toResource(this.#served.find(sessionId)?.session ?? session);
    const resource = { ...current, share_count: counts.get(sessionId) ?? 0 };
    this.#changes.tell({ type: 'changed', ownerId: session.ownerId, session: resource });
  }

  #publish(live: LiveSession): void {
    if (!this.#changes.isHeard) return;
    this.#changes.tell({ type: 'changed', ownerId: live.session.ownerId, session: this.#toResource(live.session) });
  }

  #toResource(session: Session): SessionResource {
    return toResource(session, this.#served.find(session.id)?.process.state ?? 'none');
  }
}

/** The identity under which a repeated request is recognised; undefined where the transport has no request ids. */
function toIdentity({ userId }: Actor, requestId: string | undefined, content: unknown): RequestIdentity | undefined {
  return requestId === undefined ? undefined : toRequestIdentity(userId, requestId, content);
}

function toAgentId({ agent }: SessionCreateParams): string | undefined {
  return typeof agent === 'object' ? agent.id : agent;
}

/** @throws CspError `invalid_request` */
function assertOneMessage(events: readonly UserEventParams[]): void {
  if (events.length === 1 && events[0]?.type === 'user.message') return;
  throw new CspError('invalid_request', 'In the place of a message there can be one user.message, and nothing else', {
    details: { field: 'events' },
  });
}

function toNotFound(sessionId: string): CspError {
  return new CspError('not_found', `There is no session ${sessionId}`);
}
