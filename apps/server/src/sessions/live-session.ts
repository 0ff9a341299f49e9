import { randomUUID } from 'node:crypto';

import {
  CspError,
  type Actor,
  type ProcessHibernatedEvent,
  type SessionEvent,
  type SessionUpdateParams,
  type UserEventParams,
  type UserMessageEvent,
} from '@claude-sdk-pattern/protocol';

import { adoptLocalTranscript } from '../agent-process/adopt-local-transcript.ts';
import {
  deleteSessionDirs,
  isUnused,
  linkWorkspace,
  toSessionDirs,
  unmarkSpare,
  type SessionDirs,
} from '../agent-process/session-dirs.ts';
import type { Spare } from '../agent-process/warm-pool.ts';
import { updateSessionAgent } from '../definitions/resolve-session.ts';
import { findToolPolicy, type ProcessDefinition } from '../definitions/to-process-definition.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import { createPermissionGate } from '../permissions/gate.ts';
import type { StoreTransaction } from '../store/port.ts';
import type { Session } from '../store/sessions.ts';
import type { Logger } from '../telemetry/logger.ts';
import { AgentMessages, type SessionSignal } from './agent-messages.ts';
import { planUserEvents, type RequestIdentity } from './plan-user-events.ts';
import { claimRequest, rethrowUnlessAnswered } from './request-identity.ts';
import { findProcessKind, findSessionAgent } from './process-kind.ts';
import { SessionApprovals } from './session-approvals.ts';
import { RESTART_SENTENCES } from './restart-reasons.ts';
import type { SessionDeps } from './session-deps.ts';
import { SessionProcess, type ProcessDescription, type SessionProcessExit } from './session-process.ts';
import { SessionRecord } from './session-record.ts';
import { keepSessionRules } from './session-rules.ts';
import { SessionTurns, isAtWork, isText } from './session-turns.ts';
import { toResource } from './to-resource.ts';
import { ToolUseIndex } from './tool-use-index.ts';

export interface SentEvents {
  events: { id: string; seq: number }[];
}

export interface LiveSessionOptions {
  session: Session;
  /** Of the lease under which this server serves the session. */
  fence: number;
  /** Turns that the session has had. */
  turnNumber: number;
  sessionRules: readonly string[];
  /** The row, or whether there is a process, has changed. */
  onChange(session: LiveSession): void;
  /** The session can no longer be served here: its lease is lost or the store refuses. */
  onBroken(session: LiveSession, error: unknown): void;
}

/** How long a turn has to stop before its process is killed. */
const END_WAIT_MS = 3000;

/** One session while it is served: its turns, its process, its approvals. Commands and messages run one at a time. */
export class LiveSession {
  readonly #deps: SessionDeps;
  readonly #options: LiveSessionOptions;
  readonly #logger: Logger;
  readonly #record: SessionRecord;
  readonly #process: SessionProcess;
  readonly #turns: SessionTurns;
  readonly #messages: AgentMessages;
  readonly #approvals: SessionApprovals;
  readonly #queue = createSerialQueue();
  readonly #rules: Set<string>;
  readonly #toolUses = new ToolUseIndex();
  #dirs: SessionDirs;
  /** Of the process; undefined before the first one. */
  #definition: ProcessDefinition | undefined;
  #state: 'serving' | 'closed' = 'serving';
  /** Commands that wait or run. */
  #commands = 0;
  /** What becomes of the process when the turn has ended. */
  #afterTurn: { reason: ProcessHibernatedEvent['reason']; restart: boolean } | undefined;
  /** Why we have killed the process whose end is still to come. */
  #killReason: string | undefined;
  #isRecovered = false;

  constructor(deps: SessionDeps, options: LiveSessionOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#rules = new Set(options.sessionRules);
    this.#logger = deps.logger.child({ session_id: options.session.id });
    this.#dirs = toSessionDirs(deps.dataDir, options.session.agentSessionId);
    this.#record = new SessionRecord(deps, { ...options, onChange: () => options.onChange(this) });
    const gate = createPermissionGate({
      workspaceDir: () => this.#dirs.workspace,
      configDir: () => this.#process.configDir ?? this.#dirs.config,
      mode: () => this.session.permissionMode,
      toolPolicy: (toolName) => (this.#definition ? findToolPolicy(this.#definition, toolName) : 'always_ask'),
      sessionRules: () => this.#rules,
    });
    this.#messages = new AgentMessages({
      ...{ clock: deps.clock, logger: this.#logger, gate, toolUses: this.#toolUses },
      workspaceDir: () => this.#dirs.workspace,
      onEvents: (events) => this.#appendTurnEvents(events),
      onPreview: (event) => deps.journal.preview(options.session.id, event),
      onSignal: (signal) => this.#handleSignal(signal),
    });
    this.#approvals = new SessionApprovals({
      ...{ sessionId: options.session.id, store: deps.store, clock: deps.clock, gate },
      ...{ toolUses: this.#toolUses, rules: this.#rules },
      mode: () => this.session.permissionMode,
      turnState: () => {
        const turn = this.#turns.running;
        if (this.#process.state !== 'live' || turn?.interruptedAtMs !== undefined) return 'ending';
        return turn === undefined ? 'idle' : 'running';
      },
      isRequestOpen: () => this.#messages.isRequestOpen,
      append: (events, appendOptions) => this.#record.append(events, appendOptions),
      enqueue: (work) => this.#enqueue(work),
    });
    this.#process = new SessionProcess(deps, {
      sessionId: options.session.id,
      ownerId: options.session.ownerId,
      describe: () => this.#describeProcess(),
      onAdopt: (spare) => this.#adopt(spare),
      announce: (events) => void this.#guard(() => this.#record.append(events)),
      canUseTool: this.#approvals.canUseTool,
      beforeToolUse: this.#approvals.beforeToolUse,
      onMessage: (message) =>
        this.#queue.run(() =>
          this.#guard(async () => {
            if (this.#state === 'closed') return;
            this.#turns.touch();
            await this.#messages.handle(message);
          }),
        ),
      onExit: (exit) => {
        // Of this turn and no other: by the time it is dealt with a new one may run, in a new process.
        const turnNumber = this.#turns.running?.number;
        this.#enqueue(() => this.#handleExit(exit, turnNumber));
      },
      onStateChange: () => options.onChange(this),
    });
    this.#turns = new SessionTurns(deps, {
      record: this.#record,
      process: this.#process,
      turnNumber: options.turnNumber,
      adoptTranscript: () =>
        adoptLocalTranscript(deps.store.transcripts, {
          dirs: this.#dirs,
          agentSessionId: this.session.agentSessionId,
        }),
      cancelApprovals: async () => {
        if (this.#approvals.pending.size > 0) await this.#approvals.cancelAll('interrupted');
      },
      onIdle: () => this.#handleIdle(),
      enqueue: (work) => this.#enqueue(work),
    });
  }

  get session(): Session {
    return this.#record.session;
  }

  /** Of the lease under which this server serves the session. */
  get fence(): number {
    return this.#options.fence;
  }

  get process(): Pick<SessionProcess, 'state' | 'pid' | 'startedAs'> {
    return this.#process;
  }

  /** Milliseconds since the epoch since when nothing happens; undefined while a turn runs. */
  get idleSinceMs(): number | undefined {
    return this.#turns.idleSinceMs;
  }

  /** Has a process ready before the next message comes: somebody is about to write. */
  warmUp(): void {
    if (this.#state === 'closed') return;
    this.#turns.touch();
    this.#process.ensure();
  }

  /**
   * Takes what people send. Resolves when it is stored; the turn goes on by itself. The same request again gives the
   * first answer.
   * @throws CspError `invalid_request` or `state_conflict` where an event does not fit what the session is doing.
   */
  send(request: { actor: Actor; identity: RequestIdentity; events: readonly UserEventParams[] }): Promise<SentEvents> {
    return this.#command(async () => {
      if (this.session.archivedAt !== null)
        throw new CspError('state_conflict', `Session ${this.session.id} is archived. Bring it back first`);
      const plan = planUserEvents({
        ...request,
        clock: this.#deps.clock,
        approvals: this.#approvals.pending,
        isRunning: this.#turns.running !== undefined,
      });
      const messages = plan.sent.filter(isUserMessage);
      // A message that can be taken at once costs one transaction, not two: what a turn adds to the time to the first
      // word is what people feel.
      const taken = this.#turns.running === undefined && !plan.interrupts ? messages[0] : undefined;
      const next = taken && this.#turns.plan([taken.id]);
      const mayFollow = this.#turns.mayHaveUndelivered;
      const text = taken !== undefined && isText(taken.content) ? taken.content : undefined;
      const uuids = new Map(messages.map((event) => [event.id, randomUUID()]));
      const toQueued = ({ id, content }: UserMessageEvent) => ({
        ...{ eventId: id, sessionId: this.session.id, content },
        agentMessageUuid: uuids.get(id) ?? randomUUID(),
      });
      const toSent = (first: number): SentEvents => ({
        events: plan.sent.map((event, index) => ({ id: event.id, seq: first + index })),
      });
      const within = async (transaction: StoreTransaction, firstSeq: number) => {
        await claimRequest(transaction, request.identity);
        for (const [index, event] of plan.sent.entries()) {
          if (isUserMessage(event)) await transaction.queue.enqueue({ ...toQueued(event), seq: firstSeq + index });
        }
        if (taken) await transaction.queue.mark(taken.id, { from: 'waiting', to: 'delivered' });
        for (const { approval, answer } of plan.answered) {
          if (!this.#approvals.isAnnounced(approval)) continue;
          const state = answer.result === 'allow' ? 'allowed' : answer.result === 'deny' ? 'denied' : 'cancelled';
          await transaction.approvals.resolve(approval.eventId, { state, decidedBy: request.actor.id });
        }
        await transaction.idempotency.complete(request.identity, toSent(firstSeq));
      };
      const isFirstTitle = this.session.title === null && plan.title !== undefined;
      try {
        const first = await this.#record.append([...plan.sent, ...plan.derived, ...(next?.events ?? [])], {
          ...(isFirstTitle && { patch: { title: plan.title ?? null, titleSource: 'auto' } }),
          within,
          onCommitted: () => {
            if (!taken || !next) return;
            this.#turns.begin(next.turn);
            // Handed over while the commit is still being flushed: whoever sent it is told only when it is.
            if (text && !mayFollow) this.#turns.sendText({ ...toQueued(taken), content: text });
          },
        });
        await this.#keepRules(plan.newRules);
        for (const { approval, answer } of plan.answered) this.#approvals.settle(approval, answer);
        if (plan.interrupts) this.#turns.interrupt();
        if (!taken) await this.#turns.takeNextMessage();
        else if (mayFollow || !text) await this.#turns.deliver(toQueued(taken));
        return toSent(first);
      } catch (error) {
        return rethrowUnlessAnswered<SentEvents>(error);
      }
    });
  }

  /** Takes back a message that no turn has taken yet. @throws CspError `state_conflict` when it is too late. */
  withdraw(eventId: string): Promise<void> {
    return this.#command(async () => {
      await this.#record.append([this.#record.stamp({ type: 'session.message_withdrawn', message_id: eventId })], {
        within: async ({ queue }) => {
          if (await queue.mark(eventId, { from: 'waiting', to: 'withdrawn' })) return;
          throw new CspError(
            'state_conflict',
            `The message ${eventId} is not waiting: the agent has it, or it was withdrawn`,
          );
        },
      });
    });
  }

  /**
   * Changes title, model, permission mode, pin, metadata, and what its agent may use; a running process follows at once,
   * but for tools and MCP servers, which the next process has.
   */
  async update(params: SessionUpdateParams): Promise<Session> {
    const session = await this.#command(async () => {
      const { store } = this.#deps;
      const agent = params.agent && updateSessionAgent(await findSessionAgent(store, this.session), params.agent);
      const { title, model, permission_mode: mode, metadata, pinned } = params;
      const nextModel = model === undefined ? undefined : model === 'default' ? null : model;
      const nextMetadata = metadata == null ? undefined : mergeMetadata(this.session.metadata, metadata);
      const changes = {
        ...(title !== undefined && { title }),
        ...(model !== undefined && { model }),
        ...(mode !== undefined && { permission_mode: mode }),
        ...(nextMetadata && Object.keys(nextMetadata).length > 0 && { metadata: nextMetadata }),
        ...(agent && { agent: toResource({ ...this.session, agent }, 'none').agent }),
      };
      // Pins are no part of the conversation.
      const isTold = Object.keys(changes).length > 0 || nextMetadata !== undefined;
      await this.#record.append(isTold ? [this.#record.stamp({ type: 'session.updated', ...changes })] : [], {
        patch: {
          ...(agent && { agent }),
          ...(title !== undefined && { title, titleSource: 'user' as const }),
          ...(nextModel !== undefined && { model: nextModel }),
          ...(mode !== undefined && { permissionMode: mode }),
          ...(nextMetadata && { metadata: nextMetadata }),
          ...(pinned !== undefined && { pinnedAt: pinned ? new Date(this.#deps.clock.now()).toISOString() : null }),
        },
      });
      if (nextModel !== undefined)
        this.#tellProcess(() =>
          this.#process.setModel(nextModel ?? this.#definition?.model ?? this.#deps.defaultModel),
        );
      if (mode !== undefined) this.#tellProcess(() => this.#process.setPlanMode(mode === 'plan'));
      return this.session;
    });
    if (params.agent) await this.hibernateWhenIdle('requested', { restart: true });
    return session;
  }

  /** Archives or brings back. The process of an archived session ends. */
  async setArchived(archived: boolean): Promise<Session> {
    const session = await this.#command(async () => {
      if (archived && this.#turns.running) {
        throw new CspError('state_conflict', `Session ${this.session.id} is working. Interrupt it first`);
      }
      await this.#record.append([], {
        patch: { archivedAt: archived ? new Date(this.#deps.clock.now()).toISOString() : null },
      });
      return this.session;
    });
    if (archived) await this.hibernate('requested');
    return session;
  }

  /** Ends the process of an idle session; false when a turn runs or there is none to end. */
  async hibernate(reason: ProcessHibernatedEvent['reason']): Promise<boolean> {
    const closing = await this.#queue.run(async () => {
      // Wrapped, so that the queue does not wait for it: messages that are still coming run in the queue.
      return this.#turns.running === undefined ? this.#letIdleProcessGo(reason) : undefined;
    });
    await closing?.ended;
    return closing !== undefined;
  }

  /** Hibernates now, or when the running turn has ended. With `restart` a new process is ready then. */
  async hibernateWhenIdle(
    reason: ProcessHibernatedEvent['reason'],
    options: { restart: boolean } = { restart: false },
  ): Promise<void> {
    // Decided in the session's order: a message may be on its way.
    const closing = await this.#queue.run(async () => {
      if (this.#turns.running === undefined) return this.#letIdleProcessGo(reason);
      this.#afterTurn = { reason, ...options };
      return undefined;
    });
    await closing?.ended;
    if (closing !== undefined && options.restart) this.warmUp();
  }

  /** Puts a new process in place of the one there is: at the end of the turn, or at once, and then the turn goes on. */
  async restartProcess(reason: 'memory' | 'requested', options: { when: 'idle' | 'now' }): Promise<void> {
    const isWorking = this.#turns.running !== undefined;
    if (options.when === 'now' && isWorking) {
      if (this.#process.kill()) this.#killReason = RESTART_SENTENCES[reason];
    } else await this.hibernateWhenIdle(reason, { restart: isWorking || reason === 'requested' });
  }

  /** Stops the turn and ends the process; one that does not stop is killed. Nothing starts it again but a message. */
  async endProcess(): Promise<void> {
    if (this.#turns.running === undefined) {
      await this.hibernate('requested');
      return;
    }
    this.#afterTurn = { reason: 'requested', restart: false };
    await this.interruptAndWait(END_WAIT_MS);
    if (this.#turns.running) this.#process.kill();
  }

  /** Tells people something that is not the agent's. */
  async notify(level: 'info' | 'warning', text: string): Promise<void> {
    await this.#command(() => this.#record.append([this.#record.stamp({ type: 'session.notice', level, text })]));
  }

  /** Whether a dead server left it in the middle of a turn: then it has to recover before anything else. */
  get wasLeftAtWork(): boolean {
    return !this.#isRecovered && isAtWork(this.session);
  }

  /** Takes up what a dead server left. Once: what happens from then on is not a dead server's. */
  recover(): Promise<void> {
    return this.#command(async () => {
      if (this.#isRecovered || this.#turns.running !== undefined) return;
      this.#isRecovered = true;
      await this.#approvals.cancelAll('process_ended');
      await this.#turns.recover(RESTART_SENTENCES.server_restarted);
    });
  }

  /** Called every few seconds: hibernates what is idle for long, and stops turns without a sign of life. */
  sweep(): void {
    const now = this.#deps.clock.now();
    const turn = this.#turns.running;
    if (turn === undefined) {
      const isIdleForLong = now - (this.#turns.idleSinceMs ?? now) > this.#deps.idleTimeoutMs;
      if (isIdleForLong && this.#process.state === 'live')
        void this.#guard(async () => void (await this.hibernate('idle')));
      return;
    }
    this.#turns.sweep();
    const waitsForPeople = this.#approvals.pending.size > 0;
    if (turn.interruptedAtMs !== undefined || waitsForPeople || this.#process.state !== 'live') return;
    if (now - turn.lastActivityMs <= this.#deps.stallTimeoutMs) return;
    const text =
      'No sign of life from the agent for a long time, so its turn was stopped. Nothing is lost. Send a message to go on.';
    void this.#guard(() =>
      this.#record.append([this.#record.stamp({ type: 'session.notice', level: 'warning', text })]),
    );
    // What hung once is not trusted with the next turn.
    this.#afterTurn ??= { reason: 'stalled', restart: false };
    this.#turns.interrupt();
  }

  /** From now on no turn begins: the server is stopping. What waits is taken up by the next one. */
  stopTaking(): void {
    this.#turns.stopTaking();
  }

  /** Resolves when no turn runs, or after `ms`. */
  waitUntilIdle(ms: number): Promise<void> {
    return this.#turns.waitUntilIdle(ms);
  }

  /** Stops the running turn and waits until it is idle, for at most `ms`. */
  async interruptAndWait(ms: number): Promise<void> {
    this.#turns.interrupt();
    await this.#turns.waitUntilIdle(ms);
  }

  /** Leaves memory if nothing goes on; true when it did. From then on the session is closed. */
  retire(): boolean {
    const isBusy =
      this.#turns.running !== undefined || !this.#process.isGone || this.#commands > 0 || this.#state === 'closed';
    if (isBusy) return false;
    this.#state = 'closed';
    this.#turns.close();
    this.#approvals.close();
    return true;
  }

  /** Ends serving: the process and everything of it is gone when this resolves. What is durable stays as it is. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#approvals.close();
    this.#turns.close();
    await this.#process.close();
    await this.#queue.idle();
  }

  // ---- the process ----

  async #appendTurnEvents(events: SessionEvent[]): Promise<void> {
    const beginsWork = events.some((event) => event.type === 'span.model_request_start');
    if (beginsWork) await this.#turns.ensureRunning();
    const goesOn = beginsWork && this.session.status === 'rescheduling';
    const isExhausted = (event: SessionEvent) =>
      event.type === 'session.error' && event.error.retry_status.type === 'exhausted';
    if (events.some(isExhausted)) this.#turns.markFailed();
    const running = goesOn ? [this.#record.stamp({ type: 'session.status_running' })] : [];
    await this.#record.append([...running, ...events]);
  }

  async #handleSignal(signal: SessionSignal): Promise<void> {
    switch (signal.type) {
      case 'turn_ended':
        await this.#turns.end(signal);
        return;
      case 'plan_mode': {
        const mode = signal.active ? 'plan' : 'default';
        const { permissionMode } = this.session;
        if (permissionMode === mode || (!signal.active && permissionMode !== 'plan')) return;
        await this.#record.append([this.#record.stamp({ type: 'session.updated', permission_mode: mode })], {
          patch: { permissionMode: mode },
        });
        return;
      }
      case 'give_up':
        this.#tellProcess(() => this.#process.interrupt());
        return;
    }
  }

  async #handleExit({ reason, ...exit }: SessionProcessExit, turnNumber: number | undefined): Promise<void> {
    if (this.#state === 'closed') return;
    const why = this.#killReason ?? reason;
    this.#killReason = undefined;
    this.#logger.warn({ reason: why, expected: exit.expected }, 'agent process ended');
    this.#toolUses.clear();
    const open = this.#messages.reset();
    if (open.length > 0) await this.#record.append(open);
    await this.#approvals.cancelAll('process_ended');
    await this.#turns.handleExit({ ...exit, reason: why }, turnNumber);
  }

  async #handleIdle(): Promise<void> {
    this.#toolUses.clear();
    const after = this.#afterTurn;
    this.#afterTurn = undefined;
    if (after !== undefined && this.#process.state !== 'none') {
      const letGo = await this.#letProcessGo(after.reason);
      this.#tellProcess(() => letGo.ended);
      if (after.restart) this.warmUp();
    }
    this.#options.onChange(this);
  }

  /** Ends the process and tells it; only between turns. What is returned is settled when all of it is gone. */
  async #letProcessGo(reason: ProcessHibernatedEvent['reason']): Promise<{ ended: Promise<void> }> {
    const ended = this.#process.close();
    this.#messages.reset();
    await this.#guard(() => this.#record.append([this.#record.stamp({ type: 'session.process_hibernated', reason })]));
    return { ended };
  }

  async #letIdleProcessGo(reason: ProcessHibernatedEvent['reason']): Promise<{ ended: Promise<void> } | undefined> {
    return this.#process.state === 'none' ? undefined : this.#letProcessGo(reason);
  }

  async #describeProcess(): Promise<ProcessDescription> {
    const { agentSessionId, model, permissionMode } = this.session;
    const [resume, kind] = await Promise.all([
      this.#deps.store.transcripts.has({ sessionId: agentSessionId }),
      findProcessKind(this.#deps.store, this.session),
    ]);
    const { definition } = kind;
    this.#definition = definition;
    return {
      kind,
      definition,

      agentSessionId,
      dirs: this.#dirs,
      resume,
      isNew: !resume && (await isUnused(this.#dirs)),
      model: model ?? definition.model ?? this.#deps.defaultModel,
      planMode: permissionMode === 'plan',
    };
  }

  /** The session goes on with the transcript and the folders that a spare was started with. */
  async #adopt(spare: Pick<Spare, 'agentSessionId' | 'dirs'>): Promise<void> {
    const { id, agentSessionId } = this.session;
    const { dataDir } = this.#deps;
    // Committed before the spare gets the message; what is flushed, linked and tidied meanwhile costs no time.
    await new Promise<void>((onCommitted, reject) => {
      const patch = { agentSessionId: spare.agentSessionId };
      this.#record.append([], { patch, onCommitted }).catch(reject);
    });
    this.#dirs = spare.dirs;
    this.#enqueue(async () => {
      await unmarkSpare(dataDir, spare.agentSessionId);
      await linkWorkspace(dataDir, id, spare.dirs);
      await deleteSessionDirs(dataDir, { agentSessionId });
    });
  }

  async #keepRules(rules: readonly string[]): Promise<void> {
    if (rules.length === 0) return;
    for (const rule of rules) this.#rules.add(rule);
    await keepSessionRules(this.#deps.store, this.session.id, this.#rules);
  }

  // ---- the order of things ----

  async #command<T>(work: () => Promise<T>): Promise<T> {
    this.#commands += 1;
    try {
      return await this.#queue.run(async () => {
        if (this.#state === 'closed')
          throw new CspError('stopping', 'The server is stopping. Try again in a moment', { retryAfterMs: 2000 });
        return work();
      });
    } finally {
      this.#commands -= 1;
    }
  }

  #tellProcess(action: () => Promise<void>): void {
    action().catch((error: unknown) => {
      // The process is gone or going; its end is handled where it is noticed.
      this.#logger.debug({ err: error }, 'a request to the agent process was not answered');
    });
  }

  /** For work that nobody waits for, in the session's order. */
  #enqueue(work: () => Promise<void>): void {
    void this.#queue.run(() => this.#guard(work));
  }

  /** What fails where nobody waits makes the session unservable here. */
  async #guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#state === 'closed') return;
      this.#options.onBroken(this, error);
    }
  }
}

function isUserMessage(event: SessionEvent): event is UserMessageEvent {
  return event.type === 'user.message';
}

function mergeMetadata(before: Record<string, string>, change: Record<string, string | null>): Record<string, string> {
  const merged: Record<string, string | null> = { ...before, ...change };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null));
}
