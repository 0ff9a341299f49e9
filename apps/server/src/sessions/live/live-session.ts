import {
  CspError,
  type BackgroundTask,
  type BranchedReply,
  type CustomToolResultParams,
  type EventActor,
  type ProcessHibernatedEvent,
  type SessionRule,
  type SessionUpdateParams,
} from '@claude-sdk-pattern/protocol';

import type { LocalFolderResource, SessionResourceItem } from '@claude-sdk-pattern/protocol/v1';

import type { AppCalls } from '../../agent-process/mcp/app-calls.ts';
import type { NamedStatus, ServerPrompts } from '../../agent-process/mcp/mcp-relays.ts';
import type { ToolSearchState } from '../../agent-process/mcp/tool-search.ts';
import { toMcpServerIdentity } from '../../definitions/mcp-server-identity.ts';
import type { ProfileSettings } from '../../agent-process/options/profile-settings.ts';
import type { FactActor } from '../../audit/fact.ts';
import type { Role } from '../../identity/actor.ts';
import type { AppCallVerdict, JudgedCall } from '../../permissions/judge-app-call.ts';
import type { SessionApprovals } from '../../permissions/session-approvals.ts';
import type { HeldProcess, ProcessHolder } from '../../processes/process-holder.ts';
import type { StoreTransaction } from '../../store/port.ts';
import type { Session } from '../../store/sessions.ts';
import type { FileDifference } from '../../workspaces/history/list-changes.ts';
import { branchConversation, sendInPlace, type BranchSteps } from '../../turns/branch-conversation.ts';
import type { BranchRequest } from '../../turns/plan-branch.ts';
import { cancelLostApprovals } from '../../turns/lost-approvals.ts';
import { rethrowUnlessAnswered, type RequestIdentity } from '../../turns/request-identity.ts';
import { revokeRule } from '../../turns/revoke-rule.ts';
import { sendEvents, type SendRequest, type SentEvents } from '../../turns/send-events.ts';
import { hasOpenTurn } from '../../turns/session-turns.ts';
import { findWaitingCalls } from '../../turns/waiting-calls.ts';
import { toTasksEnd } from '../../turns/lost-tasks.ts';
import { withdrawMessage } from '../../turns/withdraw-message.ts';
import { sharesFiles, type SessionDeps } from '../session-deps.ts';
import { isDirect } from '../resources/take-folder.ts';
import { findCutRewind, putBack, rewindFiles, type FilesRewind, type RewoundFiles } from './rewind-files.ts';
import { createSessionParts, type SessionParts, type SessionPartsOptions } from './session-parts.ts';
import { storeArchived, updateSession } from './update-session.ts';

export interface LiveSessionOptions extends Omit<SessionPartsOptions, 'onChange' | 'onBroken'> {
  /** The row, or whether there is a process, has changed. */
  onChange(session: LiveSession): void;
  /** This server can no longer serve the session: its lease is lost or the store refuses a write. */
  onBroken(session: LiveSession, error: unknown): void;
  /** Tasks that ran beside the conversation when a server died. */
  lostTasks?: readonly BackgroundTask[];
  /** Whether a server has begun to take files back, and not ended. */
  hasCutRewind?: boolean;
}

function toNoTask(taskId: string): CspError {
  return new CspError('not_found', `No task ${taskId} runs beside this conversation. It may have ended`);
}

const REWIND_PUT_BACK =
  'The server was stopped while files were taken back. They are again what they were before: take them back once more.';
const REWIND_LEFT =
  'The server was stopped while files were taken back, so that some are from before and some are not. Take them back once more.';

/** How long the turn may take to stop when an operator has stopped all: what is left of a second is for the signal. */
const STOP_WAIT_MS = 400;

/**
 * One session in memory, with its turns, its process and its approvals: what others have it do. Commands and messages
 * run one at a time.
 */
export class LiveSession implements ProcessHolder {
  readonly #deps: SessionDeps;
  readonly #fence: number;
  readonly #parts: SessionParts;
  #isRecovered = false;
  /** Ends what is being mounted beside a process. */
  readonly #mounting = new AbortController();
  #keepers = 0;
  #lostTasks: readonly BackgroundTask[];
  readonly #hasCutRewind: boolean;

  constructor(deps: SessionDeps, options: LiveSessionOptions) {
    this.#deps = deps;
    this.#fence = options.fence;
    this.#lostTasks = options.lostTasks ?? [];
    this.#hasCutRewind = options.hasCutRewind === true;
    this.#parts = createSessionParts(deps, {
      ...options,
      onChange: () => options.onChange(this),
      onBroken: (error) => options.onBroken(this, error),
    });
  }

  get session(): Session {
    return this.#parts.record.session;
  }

  /** The fence of the lease under which this server serves the session. */
  get fence(): number {
    return this.#fence;
  }

  get process(): HeldProcess {
    return this.#parts.process;
  }

  /** Server uptime since when the session is idle; undefined while a turn runs. */
  get idleSinceMs(): number | undefined {
    return this.#parts.turns.idleSinceMs;
  }

  /** What the current or the last process started with; undefined before the first one. */
  get startedWith(): ProfileSettings | undefined {
    return this.#parts.settings;
  }

  /** Requests for approval that wait for an answer. */
  get approvalsWaiting(): number {
    return this.#parts.approvals.pending.size;
  }

  /** How the MCP servers of its process are; empty while there is none. */
  get mcpServers(): readonly NamedStatus[] {
    return this.#parts.process.mcpServers;
  }

  /** The prompts of the MCP servers of its process; none while there is no process. */
  listPrompts(): Promise<ServerPrompts[]> {
    return this.#parts.process.listPrompts();
  }

  /** The tools of its MCP servers, and whether they are searched; undefined while there is no process. */
  get toolSearch(): ToolSearchState | undefined {
    return this.#parts.process.toolSearch;
  }

  /** Connects to an MCP server anew; false where the process has none of this name. */
  reconnectMcpServer(name: string): boolean {
    return this.#parts.process.reconnectMcpServer(name);
  }

  /** What the apps of an MCP server may have it do; undefined while no process is ready, and where it has none of this name. */
  findAppCalls(server: string): AppCalls | undefined {
    return this.#parts.process.findAppCalls(server);
  }

  /** What this MCP server of its process is; see `toMcpServerIdentity`. Undefined where it has none of this name. */
  findServerIdentity(name: string): string | undefined {
    const server = this.#parts.settings?.mcpServers.find((each) => each.name === name);
    return server && toMcpServerIdentity(server);
  }

  /** Whether an app may call a tool for a person of this role; nothing of it is kept. */
  async judgeAppCall(role: Role, call: JudgedCall, signal: AbortSignal): Promise<AppCallVerdict> {
    await this.#parts.owner.refresh();
    return this.#parts.judgeAppCall(role, call, signal);
  }

  /** Changes what is mounted, in the same transaction as `within`. */
  changeResources(
    toNext: (resources: readonly SessionResourceItem[]) => SessionResourceItem[],
    within: (transaction: StoreTransaction) => Promise<void>,
  ): Promise<void> {
    return this.#parts.mounts.change(toNext, { within });
  }

  /** Mounts what is not there yet: at once into the workspace of a process, otherwise when one starts, which this has it do. */
  mountSoon(): void {
    const isForStart = this.session.resources.some((each) => isDirect(each) && each.state === 'pending');
    if (isForStart && this.#parts.process.state !== 'none') void this.restart('requested', { when: 'idle' });
    else if (this.#parts.process.state === 'live') void this.#parts.mounts.mount(this.#mounting.signal);
    else this.#parts.warmUp();
  }

  /** A folder of the machine was taken from the session: its process ends before another session may have it. */
  async giveBackFolder(resource: LocalFolderResource): Promise<void> {
    const { process, lifecycle, mounts } = this.#parts;
    const hasEnded = (await lifecycle.hibernate('requested')) || process.state === 'none';
    if (hasEnded) await mounts.folders.giveBack(resource);
    // A turn has begun meanwhile. The process after it gives the folder back.
    else await lifecycle.hibernateWhenIdle('requested', { restart: true });
  }

  /** Starts a process before the next message, because somebody is typing. */
  warmUp(): void {
    this.#parts.warmUp();
  }

  /**
   * Stores events that people send, and makes the session act on them. Resolves when the events are flushed. A repeated
   * request gets the first answer.
   * @throws CspError `invalid_request` or `state_conflict` when an event does not fit the state of the session.
   */
  async send(request: SendRequest): Promise<SentEvents> {
    const results = request.events.filter((event) => event.type === 'user.custom_tool_result');
    if (results.length > 0) await this.#whenAnnounced(results);
    if (request.events.some(({ type }) => type === 'user.message')) await this.#leaveWithoutFolder();
    const { sent, durable } = await this.#parts.order.command(async () => {
      const refreshed = this.#parts.owner.refresh();
      if (refreshed !== undefined) await refreshed;
      return sendEvents(this.#parts, request);
    });
    await durable;
    return sent;
  }

  /**
   * The same for a message that stands in the place of another: the conversation goes on from before that. Ends the process first.
   * @throws CspError `state_conflict` while a turn runs or a message waits, and where that message is in another branch.
   */
  async sendInPlace(
    request: SendRequest,
    place: { reason: 'edited' | 'rerun'; messageId: string },
  ): Promise<SentEvents> {
    await this.#parts.owner.refresh();
    const { sent, durable } = await sendInPlace(this.#branchDeps, { ...request, ...place });
    await durable;
    return sent;
  }

  /** Has the conversation go on from another place. @throws CspError as `sendInPlace` */
  branch(
    request: BranchRequest & { identity: RequestIdentity; steps?: BranchSteps | undefined },
  ): Promise<BranchedReply> {
    return branchConversation(this.#branchDeps, request);
  }

  get #branchDeps() {
    return { ...this.#parts, store: this.#deps.store };
  }

  /** A folder can be used again that the idle process began without: the message gets a process with it. */
  async #leaveWithoutFolder(): Promise<void> {
    const { mounts, process, lifecycle } = this.#parts;
    const lacks = this.session.resources.some((each) => isDirect(each) && each.state === 'failed');
    const isFree = this.idleSinceMs !== undefined && process.state === 'live' && this.backgroundTasks.length === 0;
    if (lacks && isFree && (await mounts.folders.isFound())) await lifecycle.hibernate('requested');
  }

  /** A program may answer as soon as it sees the call. What is acknowledged outlasts the process, so the call has to as well. */
  async #whenAnnounced(results: readonly CustomToolResultParams[]): Promise<void> {
    // Behind what is being done with the call already.
    await this.#parts.order.command(() => Promise.resolve());
    await Promise.all(results.map(({ custom_tool_use_id: id }) => this.#parts.approvals.whenAnnounced(id)));
  }

  /** Its process tries again at once to reach the MCP servers that it could not reach. */
  retryMcpServers(): void {
    this.#parts.process.retryMcpServers();
  }

  /** Retries at once the model requests that wait for a retry. @throws CspError `state_conflict` when none waits. */
  retryNow(): void {
    this.#parts.retries.retryNow();
  }

  /**
   * Withdraws a message that no turn has taken yet. A repeated request changes nothing.
   * @throws CspError `state_conflict` when a turn has taken the message.
   */
  withdraw(eventId: string, identity?: RequestIdentity): Promise<void> {
    return this.#parts.order.command(async () => {
      try {
        await withdrawMessage(this.#parts.record, { eventId, identity });
      } catch (error) {
        rethrowUnlessAnswered(error);
      }
    });
  }

  /**
   * Makes the files those of a recorded state; see `rewindFiles`. `branch` has the conversation go on from another place in the same step, so that
   * nobody takes one of them back while the other is under way.
   */
  async rewindFiles(
    rewind: FilesRewind,
    branch?: (steps: BranchSteps) => Promise<unknown>,
  ): Promise<{ differences: FileDifference[]; eventId: string | null }> {
    const { record, turns, states, order } = this.#parts;
    const { audit, nodeId } = this.#deps;
    let rewound: RewoundFiles | undefined;
    let eventId: string | null = null;
    const before = async () => {
      rewound = await rewindFiles({ record, turns, states, audit, nodeId }, rewind);
    };
    const behind = async () => {
      eventId = (await rewound?.tell()) ?? null;
      for (const { path } of this.session.resources.filter(isDirect))
        await this.#parts.notice(
          'warning',
          `The files in ${path} stay as they are: no states of a folder are recorded.`,
        );
    };
    if (branch) await branch({ before, behind });
    else
      await order.command(async () => {
        await before();
        await behind();
      });
    return { differences: rewound?.differences ?? [], eventId };
  }

  /** Resolves when the states of its workspace are recorded up to now. */
  whenStatesRecorded(): Promise<void> {
    return this.#parts.states.whenRecorded();
  }

  /** A person is about to change files by hand; see `SessionStates.beforeEdit`. */
  beforeEdit(userId: string): Promise<void> {
    const { turns, states } = this.#parts;
    return states.beforeEdit(turns.running === undefined ? turns.currentNumber - 1 : undefined, userId);
  }

  /** The rules that people allowed for the whole session, oldest first. */
  get rules(): readonly SessionRule[] {
    return [...this.#parts.rules.values()];
  }

  /** Puts a call that waits into the hands of the operators, or takes it back. @throws CspError `not_found` */
  handOver(eventId: string, change: Parameters<SessionApprovals['handOver']>[1]): Promise<void> {
    return this.#parts.order.command(() => this.#parts.approvals.handOver(eventId, change));
  }

  /** Removes a rule. @throws CspError `not_found` when the session has no such rule. */
  revokeRule(options: { ruleId: string; actor: EventActor }): Promise<void> {
    return this.#parts.order.command(() =>
      revokeRule({ record: this.#parts.record, rules: this.#parts.rules }, options),
    );
  }

  /**
   * Changes title, model, permission mode, pin, metadata, tools and MCP servers. A running process gets a new model or
   * mode at once. For new tools and MCP servers it is replaced, at the end of a running turn. A repeated request
   * changes nothing and returns the current session.
   */
  async update(
    params: SessionUpdateParams,
    request: { identity?: RequestIdentity | undefined; by: FactActor },
  ): Promise<Session> {
    const { agent, model, permission_mode: mode } = params;
    const session = await this.#parts.order.command(async () => {
      const { store, audit, clock, defaultModel, budgets } = this.#deps;
      try {
        await updateSession(
          { record: this.#parts.record, audit, store, clock, budgets, defaultModel },
          params,
          request,
        );
      } catch (error) {
        rethrowUnlessAnswered(error);
        return this.session;
      }
      const nextModel = this.#parts.fallback.model ?? this.session.model ?? this.#parts.settings?.model ?? defaultModel;
      if (model !== undefined) this.#parts.order.tell(() => this.#parts.process.setModel(nextModel));
      if (mode !== undefined) this.#parts.order.tell(() => this.#parts.process.setPlanMode(mode === 'plan'));
      return this.session;
    });
    if (params.budget !== undefined) this.#parts.order.enqueue(() => this.#parts.turns.resumeWithinBudget());
    if (agent) await this.#parts.lifecycle.hibernateWhenIdle('requested', { restart: true });
    return session;
  }

  /** Archives or unarchives the session. Archiving ends its process. */
  async setArchived(archived: boolean, by: FactActor): Promise<Session> {
    const session = await this.#parts.order.command(async () => {
      if (archived && this.#parts.turns.running) {
        throw new CspError('state_conflict', `Session ${this.session.id} is working. Interrupt it first`);
      }
      const { audit, clock } = this.#deps;
      await storeArchived({ record: this.#parts.record, audit, clock }, archived, by);
      return this.session;
    });
    if (!archived) return session;
    await this.#parts.lifecycle.hibernate('requested');
    // Its process has ended: another session may work in them.
    await this.#deps.store.folderLeases.releaseOfSession(session.id);
    return session;
  }

  /** Ends the process of an idle session; false when a turn runs or there is none to end. */
  hibernate(reason: ProcessHibernatedEvent['reason']): Promise<boolean> {
    return this.#parts.lifecycle.hibernate(reason);
  }

  /** Hibernates now, or when the running turn has ended. */
  hibernateWhenIdle(reason: ProcessHibernatedEvent['reason']): Promise<void> {
    return this.#parts.lifecycle.hibernateWhenIdle(reason);
  }

  /** Replaces the process: at the end of the turn, or at once, and then the turn continues. */
  restart(reason: 'memory' | 'requested', options: { when: 'idle' | 'now' }): Promise<void> {
    return this.#parts.lifecycle.restart(reason, options);
  }

  /** Stops the running turn; the process stays. */
  async interrupt(): Promise<void> {
    this.#parts.turns.interrupt();
  }

  /** Stops the turn and ends the process; a process that does not stop is killed. Only a message starts another. */
  end(): Promise<void> {
    return this.#parts.lifecycle.end();
  }

  /**
   * An operator has stopped the work of this session: ends its turn and its process, both within moments, and says so in the
   * conversation where something was cut off. Messages that wait stay in the queue.
   */
  async stopWork(text: string): Promise<void> {
    const isCut = this.idleSinceMs === undefined;
    // What was said until then comes before the notice.
    await this.#parts.lifecycle.end({ waitMs: STOP_WAIT_MS });
    if (isCut) await this.notify('warning', text);
  }

  /** Whether its process got something of this plugin. */
  hasPlugin(name: string): boolean {
    const { settings } = this.#parts;
    if (settings === undefined || this.process.state === 'none') return false;
    return (
      settings.plugins.some((each) => each.name === name) || settings.mcpServers.some(({ plugin }) => plugin === name)
    );
  }

  /** An operator has stopped a plugin of its process: a process without it takes its place, and a running turn goes on there. */
  async leavePlugin(text: string): Promise<void> {
    const isCut = this.idleSinceMs === undefined;
    const replaced = this.restart('requested', { when: 'now' });
    if (isCut) await this.notify('warning', text);
    await replaced;
  }

  /** Takes up a message that waits, if the session is idle and nothing keeps it from working. */
  takeUp(): Promise<void> {
    return this.#parts.order.command(() => this.#parts.turns.takeNextMessage());
  }

  /** Adds a notice of the platform to the session. */
  async notify(level: 'info' | 'warning', text: string): Promise<void> {
    await this.#parts.order.command(() => this.#parts.notice(level, text));
  }

  /** Whether a server died while this session worked. If so, call `recover` before anything else. */
  get needsRecovery(): boolean {
    const isCut = hasOpenTurn(this.session) || this.#lostTasks.length > 0 || this.#hasCutRewind;
    return !this.#isRecovered && isCut;
  }

  /** Continues or closes what a dead server left. Later calls do nothing. */
  recover(): Promise<void> {
    return this.#parts.order.command(async () => {
      if (this.#isRecovered || this.#parts.turns.running !== undefined) return;
      this.#isRecovered = true;
      await this.#putBackCutRewind();
      await this.#tellLostTasks();
      await this.#parts.adoptTranscript();
      const waiting = await findWaitingCalls(this.#deps.store, this.session);
      if (waiting !== undefined) {
        await this.#parts.waitingTurn.recover(waiting);
        return;
      }
      await cancelLostApprovals(this.#parts);
      await this.#parts.turns.recover();
    });
  }

  /** A server that was killed while it took files back has left some as they were, and some as they were to be. */
  async #putBackCutRewind(): Promise<void> {
    const { histories, store, placeId, logger } = this.#deps;
    if (histories === undefined) return;
    const { states, notice } = this.#parts;
    const all = await store.workspaceStates.list(this.session.id);
    const before = findCutRewind(all.filter((each) => each.placeId === placeId));
    if (before === undefined) return;
    try {
      await putBack(states, { before, turn: before.turn });
      await notice('warning', REWIND_PUT_BACK);
    } catch (error) {
      logger.error({ err: error, session_id: this.session.id }, 'the files of a cut rewind could not be put back');
      await notice('warning', REWIND_LEFT);
    }
  }

  async #tellLostTasks(): Promise<void> {
    const tasks = this.#lostTasks;
    this.#lostTasks = [];
    const events = toTasksEnd(this.#deps.clock, { tasks, reason: 'server_restarted' });
    if (events.length > 0) await this.#parts.record.append(events);
  }

  /** What runs beside the conversation, oldest first. */
  get backgroundTasks(): readonly BackgroundTask[] {
    return this.#parts.backgroundTasks();
  }

  /** Ends a task beside the conversation. @throws CspError `not_found` where it does not run. */
  async stopTask(taskId: string): Promise<void> {
    if (!this.backgroundTasks.some(({ task_id: id }) => id === taskId)) throw toNoTask(taskId);
    await this.#parts.process.stopTask(taskId);
  }

  /** Says that its tasks end, because the server is stopping. */
  async tellTasksEnd(): Promise<void> {
    await this.#parts.order.run(() => this.#parts.endTasks('stopping'));
  }

  /** Goes on where a budget has stopped it, if that has room again. */
  resumeWithinBudget(): Promise<void> {
    return this.#parts.order.command(() => this.#parts.turns.resumeWithinBudget());
  }

  /** Called every few seconds: hibernates a session that has been idle for long, stops a turn without activity, and takes up one that stands still. */
  sweep(): void {
    this.#parts.waitingTurn.sweep();
    this.#parts.turns.sweep();
    this.#parts.lifecycle.sweep();
    this.#parts.standstill.sweep();
  }

  /** Begins no turn from now on, because the server is stopping. The next server takes the waiting messages. */
  stopTaking(): void {
    this.#parts.turns.stopTaking();
  }

  /** Whether a person has to answer before the turn can continue. */
  get waitsForPeople(): boolean {
    return this.#parts.waitsForPeople();
  }

  /** Resolves when no turn runs or the running turn waits for people, at the latest after `ms`. */
  waitForWork(ms: number): Promise<void> {
    return this.#parts.turns.waitUntilIdle(ms, () => this.waitsForPeople);
  }

  /** Stops the running turn and waits until it is idle, for at most `ms`. */
  async interruptAndWait(ms: number): Promise<void> {
    this.#parts.turns.interrupt();
    await this.#parts.turns.waitUntilIdle(ms);
  }

  /** Keeps an idle session in memory, and so its files from other servers, until it is disposed of. */
  keep(): Disposable {
    this.#keepers += 1;
    return {
      [Symbol.dispose]: () => {
        this.#keepers -= 1;
      },
    };
  }

  /** Has the repositories of the workspace reach what they borrow, which another server may have lent before. */
  async bringFiles(): Promise<void> {
    await this.#parts.mounts.lend(this.#mounting.signal);
  }

  /** Closes the session if it is idle and has no process. Returns whether it did. */
  retire(): boolean {
    const isBusy =
      this.#parts.turns.running !== undefined ||
      !this.#parts.process.isGone ||
      this.#parts.order.hasCommands ||
      this.#parts.order.isClosed ||
      this.#keepers > 0 ||
      // Of servers that share the files only this one is to write them.
      (sharesFiles(this.#deps) && this.#deps.terminals?.hasOpen(this.session.id) === true);
    if (isBusy) return false;
    this.#parts.order.close();
    this.#parts.turns.close();
    this.#parts.approvals.close();
    return true;
  }

  /** Kills its process at once, because another server may have the session soon. */
  cutOff(): void {
    this.#parts.process.kill('asked');
  }

  /** Stops serving the session. Resolves when its process has ended. What is stored stays, an open turn included. */
  async close(): Promise<void> {
    const { waitsForPeople } = this;
    this.#mounting.abort();
    this.#parts.order.close();
    this.#parts.approvals.close();
    this.#parts.turns.close();
    // One that ends in good order writes into its transcript that its calls were given up.
    if (waitsForPeople) this.#parts.process.kill('asked');
    await this.#parts.process.close();
    await this.#parts.order.idle();
    await this.#parts.states.close();
  }
}
