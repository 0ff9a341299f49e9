import { setTimeout as delay } from 'node:timers/promises';

import {
  CspError,
  type EventActor,
  type ProcessHibernatedEvent,
  type SessionRule,
  type SessionUpdateParams,
} from '@claude-sdk-pattern/protocol';

import type { Exit } from '../hosts/exit.ts';
import type { FactActor } from '../audit/fact.ts';
import type { McpTool } from '../definitions/mcp-tool-name.ts';
import { findMcpTool, findToolPolicy, type ProfileSettings } from '../agent-process/options/profile-settings.ts';
import { createPermissionGate } from '../permissions/gate.ts';
import { createOwnerRole, type OwnerRole } from '../permissions/owner-role.ts';
import { ToolDecisions } from '../permissions/tool-decisions.ts';
import type { Session } from '../store/sessions.ts';
import type { Logger } from '../telemetry/logger.ts';
import { adoptTranscript } from '../turns/adopt-transcript.ts';
import { AgentMessages } from '../turns/agent-messages.ts';
import { planProcess } from '../turns/plan-process.ts';
import { findWaitingCalls } from '../turns/waiting-calls.ts';
import { createWaitingTurn, type WaitingTurn } from '../turns/waiting-turn.ts';
import { appendAgentEvents, handleAgentSignal, type FollowDeps } from '../turns/follow-agent.ts';
import { cancelLostApprovals } from '../turns/lost-approvals.ts';
import { HISTORY_LOST } from '../turns/lost-history.ts';
import { MessageDelivery } from '../turns/message-delivery.ts';
import { ModelCallMeter } from '../turns/model-call-meter.ts';
import { ModelRetries } from '../turns/model-retries.ts';
import type { HeldProcess, ProcessHolder } from '../processes/process-holder.ts';
import { ProcessLifecycle } from '../turns/process-lifecycle.ts';
import { rethrowUnlessAnswered, type RequestIdentity } from '../turns/request-identity.ts';
import { findRequesters } from '../turns/find-requesters.ts';
import { revokeRule } from '../turns/revoke-rule.ts';
import { sendEvents, type SendDeps, type SendRequest, type SentEvents } from '../turns/send-events.ts';
import { SessionApprovals } from '../permissions/session-approvals.ts';
import type { SessionDeps } from './session-deps.ts';
import { SessionFolders } from './session-folders.ts';
import { PromptGuard } from '../hooks/prompt-guard/prompt-guard.ts';
import { createSessionHooks } from './session-hooks.ts';
import { SessionOrder } from '../turns/session-order.ts';
import { SessionProcess, type ProcessPlan } from '../turns/session-process.ts';
import { SessionFacts } from '../turns/session-facts.ts';
import { SessionRecord } from '../turns/session-record.ts';
import { SessionTurns, hasOpenTurn } from '../turns/session-turns.ts';
import { ToolUseIndex } from '../permissions/tool-use-index.ts';
import { storeArchived, updateSession } from './update-session.ts';
import { withdrawMessage } from '../turns/withdraw-message.ts';

export interface LiveSessionOptions {
  session: Session;
  /** The fence of the lease under which this server serves the session. */
  fence: number;
  /** How many turns the session has had. */
  turnNumber: number;
  sessionRules: readonly SessionRule[];
  /** The row, or whether there is a process, has changed. */
  onChange(session: LiveSession): void;
  /** This server can no longer serve the session: its lease is lost or the store refuses a write. */
  onBroken(session: LiveSession, error: unknown): void;
}

/** The SDK withdraws the calls of a process that has died a moment before it tells that. */
const DEATH_KNOWN_MS = 50;

/**
 * One session in memory, with its turns, its process and its approvals. Commands and messages run one at a time. Over
 * 300 lines: it connects the parts, each of which has a file of its own.
 */
export class LiveSession implements ProcessHolder {
  readonly #deps: SessionDeps;
  readonly #options: LiveSessionOptions;
  readonly #logger: Logger;
  readonly #record: SessionRecord;
  readonly #process: SessionProcess;
  readonly #delivery: MessageDelivery;
  readonly #turns: SessionTurns;
  /** Decides when the process is released, replaced or ended. */
  readonly #lifecycle: ProcessLifecycle;
  readonly #owner: OwnerRole;
  readonly #decisions: ToolDecisions;
  readonly #messages: AgentMessages;
  readonly #retries: ModelRetries;
  readonly #meter = new ModelCallMeter();
  readonly #approvals: SessionApprovals;
  readonly #waitingTurn: WaitingTurn;
  readonly #order: SessionOrder;
  /** By the text of the rule. */
  readonly #rules: Map<string, SessionRule>;
  readonly #toolUses = new ToolUseIndex();
  readonly #facts: SessionFacts;
  readonly #folders: SessionFolders;
  /** What the current or the last process started with; undefined before the first one. */
  #settings: ProfileSettings | undefined;
  #isRecovered = false;
  #isLossAnnounced = false;

  /** Over 100 lines: it creates the parts of a session and connects them. */
  constructor(deps: SessionDeps, options: LiveSessionOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#rules = new Map(options.sessionRules.map((rule) => [rule.rule, rule]));
    this.#logger = deps.logger.child({ session_id: options.session.id });
    this.#order = new SessionOrder({ logger: this.#logger, onBroken: (error) => options.onBroken(this, error) });
    this.#facts = new SessionFacts(deps.clock);
    this.#record = new SessionRecord(deps, {
      ...options,
      facts: this.#facts,
      onChange: () => options.onChange(this),
      onFlushFailed: (error) => options.onBroken(this, error),
    });
    const enqueue = (work: () => Promise<void>) => this.#order.enqueue(work);
    this.#folders = new SessionFolders({ workspaces: deps.workspaces, record: this.#record, enqueue });
    const guard = new PromptGuard({
      mode: () => this.#settings?.promptGuard ?? deps.promptGuard,
      notify: (text) => enqueue(() => this.#notice('warning', text)),
    });
    if (hasOpenTurn(options.session)) guard.continueUnknownTurn();
    const { confines, policies, clock, findRole } = deps;
    this.#owner = createOwnerRole({ confines, policies, clock, findRole, session: () => this.session });
    const gate = createPermissionGate({
      ...this.#owner,
      workspaceDir: () => this.#folders.dirs.workspace,
      configDir: () => this.#process.configDir ?? this.#folders.dirs.config,
      mode: () => this.session.permissionMode,
      toolPolicy: (toolName) => (this.#settings ? findToolPolicy(this.#settings, toolName) : 'always_ask'),
      sessionRules: () => this.#rules,
      homeDir: () => this.#folders.dirs.home,
      platformRules: () => policies.current.rules,
      guardVerdict: (toolName) => guard.judge(toolName),
      secretMode: () => deps.secretsInToolCalls,
    });
    this.#decisions = new ToolDecisions(gate);
    const hooks = createSessionHooks({
      ...{ sessionId: options.session.id, logger: this.#logger },
      ...{ decisions: this.#decisions, facts: this.#facts, handlers: [guard.handler, ...deps.hookHandlers] },
      refresh: () => this.#owner.refresh(),
    });
    this.#messages = new AgentMessages({
      ...{ clock: deps.clock, logger: this.#logger, decisions: this.#decisions, toolUses: this.#toolUses },
      findMcpTool: (toolName) => this.#findMcpTool(toolName),
      workspaceDir: () => this.#folders.dirs.workspace,
      onDecided: ({ toolUseId, toolName, input }, eventId) =>
        this.#facts.noteDecision(eventId, toolUseId, this.#decisions.decide(toolUseId, toolName, input)),
      onEvents: (events) => appendAgentEvents(this.#parts, events),
      onPreview: (event) => deps.journal.preview(options.session.id, event),
      onSignal: async (signal) => {
        if (signal.type === 'turn_ended') await this.#approvals.dropUnawaited();
        await handleAgentSignal(this.#parts, signal);
      },
      onAsk: (call, event) => this.#approvals.ask(call, event),
      onToolDone: (toolUseId) => this.#approvals.noteDone(toolUseId),
      onRequestStart: () => {
        this.#waitingTurn.drop();
        return this.#approvals.dropUnawaited(null);
      },
    });
    this.#approvals = new SessionApprovals({
      ...{ sessionId: options.session.id, store: deps.store, clock: deps.clock },
      timeoutMs: deps.approvalTimeoutMs,
      ...{ decisions: this.#decisions, toolUses: this.#toolUses },
      findMcpTool: (toolName) => this.#findMcpTool(toolName),
      findRequesters: () => findRequesters(deps.store, this.session),
      turnState: () => {
        const turn = this.#turns.running;
        const isGoing = this.#process.state !== 'live' || this.#process.hasEnded;
        if (isGoing || turn?.interruptedAtMs !== undefined) return 'ending';
        return turn === undefined ? 'idle' : 'running';
      },
      isRequestOpen: () => this.#messages.isRequestOpen,
      waitForDeath: () => delay(DEATH_KNOWN_MS, undefined, { ref: false }),
      // From then on the turn may outlast the server, and what it has used has to be known.
      whenStored: (toolUseIds) => this.#process.whenStored(toolUseIds).then(() => deps.usage.flush()),
      append: (events, appendOptions) => this.#record.append(events, appendOptions),
      noteRequested: (requests, transaction) => deps.approvalNews.store(requests, transaction),
      enqueue,
    });
    this.#retries = new ModelRetries({
      clock: deps.clock,
      announce: (toEvents) =>
        this.#order.enqueue(async () => {
          const turn = this.#turns.running;
          if (this.#order.isClosed || turn === undefined || turn.interruptedAtMs !== undefined) return;
          this.#turns.touch();
          const events = toEvents();
          if (events.length > 0) await this.#record.append(events);
        }),
      isRescheduled: () => this.session.status === 'rescheduling',
      waitsForPeople: () => this.waitsForPeople,
    });
    this.#process = new SessionProcess(deps, {
      sessionId: options.session.id,
      ownerId: options.session.ownerId,
      calls: {
        onRetryWait: (retry) => this.#retries.onRetryWait(retry),
        onRetryWaitEnd: (retry, outcome) => this.#retries.onRetryWaitEnd(retry, outcome),
        onCallBegin: () => this.#meter.onCallBegin(),
        turn: () => this.#turns.currentNumber,
        onCallEnd: (usage) => this.#meter.onCallEnd(usage),
        takeReplay: (fits) => this.#waitingTurn.takeReplay(fits),
      },
      plan: () => this.#planProcess(),
      onAdopt: (spare) => this.#folders.adopt(spare),
      preview: (event) => deps.journal.preview(options.session.id, event),
      announce: (events) => void this.#order.guard(() => this.#record.append(events)),
      canUseTool: this.#approvals.canUseTool,
      onHook: hooks.onHook,
      elicit: this.#approvals.elicit,
      takePermit: ({ toolName, input }) => this.#decisions.takePermit(toolName, input),
      onMessage: (message) =>
        this.#order.run(() =>
          this.#order.guard(async () => {
            if (this.#order.isClosed) return;
            this.#turns.touch();
            await this.#messages.handle(message);
          }),
        ),
      onExit: (exit) => {
        // The exit belongs to this turn. When the exit is handled, a new turn may run in a new process.
        const turnNumber = this.#turns.running?.number;
        this.#order.enqueue(() => this.#handleExit(exit, turnNumber));
      },
      onStateChange: () => options.onChange(this),
    });
    this.#delivery = new MessageDelivery({
      ...{ store: deps.store, files: deps.files, record: this.#record, process: this.#process },
      // Behind the message itself, which must not wait.
      onSend: (text) => setImmediate(() => void guard.readMessage(text)),
    });
    this.#turns = new SessionTurns(deps, {
      ...{ record: this.#record, process: this.#process, delivery: this.#delivery },
      turnNumber: options.turnNumber,
      meter: this.#meter,
      adoptTranscript: () => this.#adoptTranscript(),
      cancelApprovals: async () => {
        if (this.#approvals.pending.size > 0) await this.#approvals.cancelAll('interrupted');
        await this.#waitingTurn.cutOff();
      },
      takeUpCalls: () => this.#waitingTurn.takeUp(),
      onIdle: () => this.#handleIdle(),
      enqueue,
    });
    this.#lifecycle = new ProcessLifecycle({
      ...{ process: this.#process, turns: this.#turns, order: this.#order },
      ...{ clock: deps.clock, idleTimeoutMs: deps.idleTimeoutMs, stallTimeoutMs: deps.stallTimeoutMs },
      // A wait for a retry of the model is announced to people and ends by itself.
      isWaiting: () => this.waitsForPeople || this.#retries.isWaiting,
      append: (events) => this.#record.append(events),
      onReleased: () => {
        this.#messages.reset();
        this.#decisions.reset();
      },
      warmUp: () => this.warmUp(),
    });
    this.#waitingTurn = createWaitingTurn({
      ...{ store: deps.store, clock: deps.clock, idleTimeoutMs: deps.idleTimeoutMs },
      ...{ record: this.#record, order: this.#order, process: this.#process, turns: this.#turns },
      ...{ approvals: this.#approvals, decisions: this.#decisions, messages: this.#messages },
      onLetGo: () => {
        this.#toolUses.clear();
        this.#decisions.reset();
        this.#messages.reset();
      },
    });
  }

  get #parts(): SendDeps & FollowDeps {
    return {
      ...{ record: this.#record, process: this.#process, turns: this.#turns, delivery: this.#delivery },
      retries: this.#retries,
      ...{ approvals: this.#approvals, order: this.#order, rules: this.#rules },
      onAnswered: () => this.#waitingTurn.takeUp(),
      ...{ store: this.#deps.store, clock: this.#deps.clock, quotas: this.#deps.quotas },
    };
  }

  get session(): Session {
    return this.#record.session;
  }

  /** The fence of the lease under which this server serves the session. */
  get fence(): number {
    return this.#options.fence;
  }

  get process(): HeldProcess {
    return this.#process;
  }

  /** Server uptime since when the session is idle; undefined while a turn runs. */
  get idleSinceMs(): number | undefined {
    return this.#turns.idleSinceMs;
  }

  /** Starts a process before the next message, because somebody is typing. */
  warmUp(): void {
    // A turn that waits for people needs a process when they have answered.
    if (this.#order.isClosed || this.#waitingTurn.hasCalls) return;
    this.#turns.touch();
    this.#process.ensure();
  }

  /**
   * Stores events that people send, and makes the session act on them. Resolves when the events are flushed. A repeated
   * request gets the first answer.
   * @throws CspError `invalid_request` or `state_conflict` when an event does not fit the state of the session.
   */
  async send(request: SendRequest): Promise<SentEvents> {
    const { sent, durable } = await this.#order.command(async () => {
      const refreshed = this.#owner.refresh();
      if (refreshed !== undefined) await refreshed;
      return sendEvents(this.#parts, request);
    });
    await durable;
    return sent;
  }

  /** Retries at once the model requests that wait for a retry. @throws CspError `state_conflict` when none waits. */
  retryNow(): void {
    this.#retries.retryNow();
  }

  /**
   * Withdraws a message that no turn has taken yet. A repeated request changes nothing.
   * @throws CspError `state_conflict` when a turn has taken the message.
   */
  withdraw(eventId: string, identity?: RequestIdentity): Promise<void> {
    return this.#order.command(async () => {
      try {
        await withdrawMessage(this.#record, { eventId, identity });
      } catch (error) {
        rethrowUnlessAnswered(error);
      }
    });
  }

  /** The rules that people allowed for the whole session, oldest first. */
  get rules(): readonly SessionRule[] {
    return [...this.#rules.values()];
  }

  /** Puts a call that waits into the hands of the operators, or takes it back. @throws CspError `not_found` */
  handOver(eventId: string, change: Parameters<SessionApprovals['handOver']>[1]): Promise<void> {
    return this.#order.command(() => this.#approvals.handOver(eventId, change));
  }

  /** Removes a rule. @throws CspError `not_found` when the session has no such rule. */
  revokeRule(options: { ruleId: string; actor: EventActor }): Promise<void> {
    return this.#order.command(() => revokeRule({ record: this.#record, rules: this.#rules }, options));
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
    const session = await this.#order.command(async () => {
      const { store, audit, clock, defaultModel } = this.#deps;
      try {
        await updateSession({ record: this.#record, audit, store, clock }, params, request);
      } catch (error) {
        rethrowUnlessAnswered(error);
        return this.session;
      }
      const nextModel = this.session.model ?? this.#settings?.model ?? defaultModel;
      if (model !== undefined) this.#order.tell(() => this.#process.setModel(nextModel));
      if (mode !== undefined) this.#order.tell(() => this.#process.setPlanMode(mode === 'plan'));
      return this.session;
    });
    if (agent) await this.#lifecycle.hibernateWhenIdle('requested', { restart: true });
    return session;
  }

  /** Archives or unarchives the session. Archiving ends its process. */
  async setArchived(archived: boolean, by: FactActor): Promise<Session> {
    const session = await this.#order.command(async () => {
      if (archived && this.#turns.running) {
        throw new CspError('state_conflict', `Session ${this.session.id} is working. Interrupt it first`);
      }
      const { audit, clock } = this.#deps;
      await storeArchived({ record: this.#record, audit, clock }, archived, by);
      return this.session;
    });
    if (archived) await this.#lifecycle.hibernate('requested');
    return session;
  }

  /** Ends the process of an idle session; false when a turn runs or there is none to end. */
  hibernate(reason: ProcessHibernatedEvent['reason']): Promise<boolean> {
    return this.#lifecycle.hibernate(reason);
  }

  /** Hibernates now, or when the running turn has ended. */
  hibernateWhenIdle(reason: ProcessHibernatedEvent['reason']): Promise<void> {
    return this.#lifecycle.hibernateWhenIdle(reason);
  }

  /** Replaces the process: at the end of the turn, or at once, and then the turn continues. */
  restart(reason: 'memory' | 'requested', options: { when: 'idle' | 'now' }): Promise<void> {
    return this.#lifecycle.restart(reason, options);
  }

  /** Stops the turn and ends the process; a process that does not stop is killed. Only a message starts another. */
  end(): Promise<void> {
    return this.#lifecycle.end();
  }

  /** Adds a notice of the platform to the session. */
  async notify(level: 'info' | 'warning', text: string): Promise<void> {
    await this.#order.command(() => this.#notice(level, text));
  }

  /** Whether a server died during a turn of this session. If so, call `recover` before anything else. */
  get needsRecovery(): boolean {
    return !this.#isRecovered && hasOpenTurn(this.session);
  }

  /** Continues or closes the turn that a dead server left. Later calls do nothing. */
  recover(): Promise<void> {
    return this.#order.command(async () => {
      if (this.#isRecovered || this.#turns.running !== undefined) return;
      this.#isRecovered = true;
      await this.#adoptTranscript();
      const waiting = await findWaitingCalls(this.#deps.store, this.session);
      if (waiting !== undefined) {
        await this.#waitingTurn.recover(waiting);
        return;
      }
      await cancelLostApprovals(this.#parts);
      await this.#turns.recover();
    });
  }

  /** Called every few seconds: hibernates a session that has been idle for long, and stops a turn without activity. */
  sweep(): void {
    this.#waitingTurn.sweep();
    this.#turns.sweep();
    this.#lifecycle.sweep();
  }

  /** Begins no turn from now on, because the server is stopping. The next server takes the waiting messages. */
  stopTaking(): void {
    this.#turns.stopTaking();
  }

  /** Whether a person has to answer before the turn can continue. */
  get waitsForPeople(): boolean {
    return this.#approvals.pending.size > 0;
  }

  /** Resolves when no turn runs or the running turn waits for people, at the latest after `ms`. */
  waitForWork(ms: number): Promise<void> {
    return this.#turns.waitUntilIdle(ms, () => this.waitsForPeople);
  }

  /** Stops the running turn and waits until it is idle, for at most `ms`. */
  async interruptAndWait(ms: number): Promise<void> {
    this.#turns.interrupt();
    await this.#turns.waitUntilIdle(ms);
  }

  /** Closes the session if it is idle and has no process. Returns whether it did. */
  retire(): boolean {
    const isBusy =
      this.#turns.running !== undefined || !this.#process.isGone || this.#order.hasCommands || this.#order.isClosed;
    if (isBusy) return false;
    this.#order.close();
    this.#turns.close();
    this.#approvals.close();
    return true;
  }

  /** Stops serving the session. Resolves when its process has ended. What is stored stays, an open turn included. */
  async close(): Promise<void> {
    const { waitsForPeople } = this;
    this.#order.close();
    this.#approvals.close();
    this.#turns.close();
    // One that ends in good order writes into its transcript that its calls were given up.
    if (waitsForPeople) this.#process.kill('asked');
    await this.#process.close();
    await this.#order.idle();
  }

  async #notice(level: 'info' | 'warning', text: string): Promise<void> {
    await this.#record.append([this.#record.stamp({ type: 'session.notice', level, text })]);
  }

  async #handleExit(exit: Exit, turnNumber: number | undefined): Promise<void> {
    if (this.#order.isClosed) return;
    const { cause, code, signal, afterMs, stderrTail, error } = exit;
    const facts = { cause, code, signal, after_ms: afterMs, stderr: stderrTail, err: error };
    this.#logger.warn(facts, 'agent process ended');
    this.#toolUses.clear();
    this.#decisions.reset();
    const open = this.#messages.reset();
    if (!this.#waitingTurn.hasCalls && (await this.#waitingTurn.keep())) return;
    // A process that has not got the calls has not lost them: the next one takes them up.
    if (!this.#waitingTurn.hasCalls) {
      if (open.length > 0) await this.#record.append(open);
      await cancelLostApprovals(this.#parts);
    }
    await this.#turns.handleExit(exit, turnNumber);
  }

  #adoptTranscript(): Promise<void> {
    const { agentSessionId } = this.session;
    const deps = { store: this.#deps.store, logger: this.#logger };
    return adoptTranscript(deps, { dirs: this.#folders.dirs, agentSessionId });
  }

  #findMcpTool(toolName: string): McpTool | undefined {
    return this.#settings && findMcpTool(this.#settings, toolName, (name) => this.#process.findOriginalTool(name));
  }

  async #handleIdle(): Promise<void> {
    this.#toolUses.clear();
    this.#decisions.clear();
    await this.#lifecycle.handleIdle();
    this.#options.onChange(this);
  }

  async #planProcess(): Promise<ProcessPlan> {
    await this.#owner.lookUp();
    const plan = await planProcess(this.#deps, this.session, this.#folders.workspace);
    this.#settings = plan.settings;
    const resumption = await this.#waitingTurn.planResumption();
    if (plan.lostHistory !== undefined && !this.#isLossAnnounced) {
      this.#isLossAnnounced = true;
      const notice = this.#record.stamp({ type: 'session.notice', level: 'warning', text: HISTORY_LOST });
      void this.#order.guard(() => this.#record.append([notice]));
    }
    return { ...plan, ...(resumption && { resumption }) };
  }
}
