// Over 300 lines: the one place where commands, the process and the turn meet; what could be told apart has been.
import { randomUUID } from 'node:crypto';

import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import {
  CspError,
  createId,
  type Actor,
  type ProcessHibernatedEvent,
  type SessionEvent,
  type SessionUpdateParams,
  type UserEventParams,
  type UserMessageEvent,
} from '@claude-sdk-pattern/protocol';

import { adoptLocalTranscript } from '../agent-process/adopt-local-transcript.ts';
import type { ProcessExit } from '../agent-process/agent-process.ts';
import {
  deleteSessionDirs,
  isUnused,
  linkWorkspace,
  toSessionDirs,
  type SessionDirs,
} from '../agent-process/session-dirs.ts';
import type { Spare } from '../agent-process/warm-pool.ts';
import { translate } from '../agent-process/translate/translate.ts';
import type { TranslationContext, TranslationSignal } from '../agent-process/translate/translation.ts';
import { INITIAL_STATE, type TranslationState } from '../agent-process/translate/translation-state.ts';
import { createSerialQueue } from '../lib/serial-queue.ts';
import { createPermissionGate, type PermissionGate } from '../permissions/gate.ts';
import type { StoreTransaction } from '../store/port.ts';
import type { QueuedMessage } from '../store/queue.ts';
import type { Session, SessionPatch } from '../store/sessions.ts';
import type { Logger } from '../telemetry/logger.ts';
import { planUserEvents, type RequestIdentity } from './plan-user-events.ts';
import { claimRequest, rethrowUnlessAnswered } from './request-identity.ts';
import { SessionApprovals } from './session-approvals.ts';
import { RESTART_SENTENCES } from './restart-reasons.ts';
import type { SessionDeps } from './session-deps.ts';
import { SessionProcess, type ProcessDescription } from './session-process.ts';
import { stampEvent } from './stamp-event.ts';
import { toStatusPatch } from './status-patch.ts';
import { toExhaustedError, toTurnEndEvents } from './turn-end-events.ts';
import { ToolUseIndex } from './tool-use-index.ts';
import { MAX_DEATHS_PER_TURN, type RunningTurn, type Turn } from './turn.ts';
import { addTurnUsage } from './turn-usage.ts';

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

const RESTART_DELAY_MS = 1000;
/** How long a turn has to stop before its process is killed. */
const END_WAIT_MS = 3000;

/** What the agent is told when its process died in the middle of a turn that it has begun. */
const CONTINUE_AFTER_DEATH =
  'The process that served you ended unexpectedly in the middle of your work. What was running was interrupted; ' +
  'what had finished stands. Check the state of things where it matters, and go on with the task.';

/** One session while it is served: its turns, its process, its approvals. Commands and messages run one at a time. */
export class LiveSession {
  readonly #deps: SessionDeps;
  readonly #options: LiveSessionOptions;
  readonly #logger: Logger;
  #dirs: SessionDirs;
  readonly #gate: PermissionGate;
  readonly #process: SessionProcess;
  readonly #queue = createSerialQueue();
  readonly #rules: Set<string>;
  readonly #toolUses = new ToolUseIndex();
  readonly #approvals: SessionApprovals;
  #restartTimer: NodeJS.Timeout | undefined;
  #session: Session;
  #turn: Turn = { state: 'idle' };
  #turnNumber: number;
  /** Whether a message may be left of a turn that was given up before its agent had received it. */
  #mayHaveUndelivered = true;
  #translation: TranslationState = INITIAL_STATE;
  #idleSinceMs: number;
  #state: 'serving' | 'closed' = 'serving';
  readonly #unknownTypes = new Set<string>();
  /** What becomes of the process when the turn has ended. */
  #afterTurn: { reason: ProcessHibernatedEvent['reason']; restart: boolean } | undefined;
  /** Why we have killed the process whose end is still to come. */
  #killReason: string | undefined;

  constructor(deps: SessionDeps, options: LiveSessionOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#session = options.session;
    this.#turnNumber = options.turnNumber;
    this.#rules = new Set(options.sessionRules);
    this.#idleSinceMs = deps.clock.now();
    this.#logger = deps.logger.child({ session_id: options.session.id });
    this.#dirs = toSessionDirs(deps.dataDir, options.session.agentSessionId);
    this.#gate = createPermissionGate({
      workspaceDir: () => this.#dirs.workspace,
      configDir: () => this.#process.configDir ?? this.#dirs.config,
      mode: () => this.#session.permissionMode,
      sessionRules: () => this.#rules,
    });
    this.#approvals = new SessionApprovals({
      sessionId: options.session.id,
      store: deps.store,
      clock: deps.clock,
      gate: this.#gate,
      toolUses: this.#toolUses,
      rules: this.#rules,
      mode: () => this.#session.permissionMode,
      isRequestOpen: () => this.#translation.request !== null,
      append: (events, appendOptions) => this.#append(events, appendOptions),
      enqueue: (work) => this.#inBackground(() => this.#queue.run(work)),
    });
    this.#process = new SessionProcess(deps, {
      sessionId: options.session.id,
      ownerId: options.session.ownerId,
      describe: () => this.#describeProcess(),
      onAdopt: (spare) => this.#adopt(spare),
      announce: (events) => this.#inBackground(() => this.#append(events)),
      canUseTool: this.#approvals.canUseTool,
      beforeToolUse: this.#approvals.beforeToolUse,
      onMessage: (message) => this.#queue.run(() => this.#guard(() => this.#handleMessage(message))),
      onExit: (exit) => this.#inBackground(() => this.#queue.run(() => this.#handleExit(exit))),
      onStateChange: () => options.onChange(this),
    });
  }

  get session(): Session {
    return this.#session;
  }

  get process(): Pick<SessionProcess, 'state' | 'pid' | 'startedAs'> {
    return this.#process;
  }

  /** Milliseconds since the epoch since when nothing happens; undefined while a turn runs. */
  get idleSinceMs(): number | undefined {
    return this.#turn.state === 'idle' ? this.#idleSinceMs : undefined;
  }

  /** Has a process ready before the first message comes. */
  warmUp(): void {
    if (this.#state === 'serving') this.#process.ensure();
  }

  /**
   * Takes what people send. Resolves when it is stored; the turn goes on by itself. The same request again gives the
   * first answer.
   * @throws CspError `invalid_request` or `state_conflict` where an event does not fit what the session is doing.
   */
  send(request: { actor: Actor; identity: RequestIdentity; events: readonly UserEventParams[] }): Promise<SentEvents> {
    return this.#command(async () => {
      const plan = planUserEvents({
        ...request,
        clock: this.#deps.clock,
        approvals: this.#approvals.pending,
        isRunning: this.#turn.state === 'running',
      });
      const toSent = (first: number): SentEvents => ({
        events: plan.sent.map((event, index) => ({ id: event.id, seq: first + index })),
      });
      // A message that can be taken at once costs one transaction, not two: what a turn adds to the time to the first
      // word is what people feel.
      const taken = this.#turn.state === 'idle' && !plan.interrupts ? plan.sent.find(isUserMessage) : undefined;
      const turn = taken === undefined ? undefined : this.#toNextTurn([taken.id]);
      const mayFollow = this.#mayHaveUndelivered;
      const uuids = new Map(plan.sent.filter(isUserMessage).map((event) => [event.id, randomUUID()]));
      try {
        const events = [...plan.sent, ...plan.derived, ...(turn ? this.#toTurnStartEvents(turn) : [])];
        const first = await this.#append(events, {
          patch:
            this.#session.title === null && plan.title !== undefined ? { title: plan.title, titleSource: 'auto' } : {},
          within: async (transaction, firstSeq) => {
            await claimRequest(transaction, request.identity);
            for (const [index, event] of plan.sent.entries()) {
              if (isUserMessage(event)) await this.#enqueue(transaction, event, { seq: firstSeq + index, uuids });
            }
            if (taken) await transaction.queue.mark(taken.id, { from: 'waiting', to: 'delivered' });
            for (const { approval, answer } of plan.answered) {
              const state = answer.result === 'allow' ? 'allowed' : answer.result === 'deny' ? 'denied' : 'cancelled';
              await transaction.approvals.resolve(approval.eventId, { state, decidedBy: request.actor.id });
            }
            await transaction.idempotency.complete(request.identity, toSent(firstSeq));
          },
          onCommitted: () => {
            if (!taken || !turn) return;
            this.#turn = turn;
            this.#turnNumber = turn.number;
            // Handed over while the commit is still being flushed: whoever sent it is told only when it is.
            if (!mayFollow)
              this.#sendToProcess({ agentMessageUuid: uuids.get(taken.id) ?? '', content: taken.content });
          },
        });
        await this.#keepRules(plan.newRules);
        for (const { approval, answer } of plan.answered) this.#approvals.settle(approval, answer);
        if (plan.interrupts) this.#interrupt();
        if (!taken) {
          await this.#takeNextMessage();
        } else if (mayFollow) {
          await this.#deliver({
            eventId: taken.id,
            agentMessageUuid: uuids.get(taken.id) ?? '',
            content: taken.content,
          });
        }
        return toSent(first);
      } catch (error) {
        return rethrowUnlessAnswered<SentEvents>(error);
      }
    });
  }

  /** Takes back a message that no turn has taken yet. @throws CspError `state_conflict` when it is too late. */
  withdraw(eventId: string): Promise<void> {
    return this.#command(async () => {
      await this.#append([this.#stamp({ type: 'session.message_withdrawn', message_id: eventId })], {
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

  /** Changes title, model, permission mode, pin and metadata; a running process follows at once. */
  update(params: SessionUpdateParams): Promise<Session> {
    return this.#command(async () => {
      const { title, model, permission_mode: mode, metadata, pinned } = params;
      const nextModel = model === undefined ? undefined : model === 'default' ? null : model;
      const event = this.#stamp({
        type: 'session.updated',
        ...(title !== undefined && { title }),
        ...(model !== undefined && { model }),
        ...(mode !== undefined && { permission_mode: mode }),
      });
      await this.#append([event], {
        patch: {
          ...(title !== undefined && { title, titleSource: 'user' as const }),
          ...(nextModel !== undefined && { model: nextModel }),
          ...(mode !== undefined && { permissionMode: mode }),
          ...(metadata !== undefined && { metadata: mergeMetadata(this.#session.metadata, metadata) }),
          ...(pinned !== undefined && { pinnedAt: pinned ? new Date(this.#deps.clock.now()).toISOString() : null }),
        },
      });
      if (nextModel !== undefined)
        this.#tellProcess(() => this.#process.setModel(nextModel ?? this.#deps.defaultModel));
      if (mode !== undefined) this.#tellProcess(() => this.#process.setPlanMode(mode === 'plan'));
      return this.#session;
    });
  }

  /** Archives or brings back. The process of an archived session ends. */
  async setArchived(archived: boolean): Promise<Session> {
    const session = await this.#command(async () => {
      if (archived && this.#turn.state === 'running') {
        throw new CspError('state_conflict', `Session ${this.#session.id} is working. Interrupt it first`);
      }
      await this.#append([], {
        patch: { archivedAt: archived ? new Date(this.#deps.clock.now()).toISOString() : null },
      });
      return this.#session;
    });
    if (archived) await this.hibernate('requested');
    return session;
  }

  /** Ends the process of an idle session; false when a turn runs or there is none to end. */
  async hibernate(reason: ProcessHibernatedEvent['reason']): Promise<boolean> {
    const closing = await this.#queue.run(async () => {
      if (this.#turn.state === 'running' || this.#process.state === 'none') return undefined;
      // Wrapped, so that the queue does not wait for it: messages that are still coming run in the queue.
      return this.#letProcessGo(reason);
    });
    await closing?.ended;
    return closing !== undefined;
  }

  /** Hibernates now, or when the running turn has ended. With `restart` a new process is ready then. */
  async hibernateWhenIdle(
    reason: ProcessHibernatedEvent['reason'],
    options: { restart: boolean } = { restart: false },
  ): Promise<void> {
    if (this.#turn.state === 'running') this.#afterTurn = { reason, ...options };
    else if ((await this.hibernate(reason)) && options.restart) this.warmUp();
  }

  /** Puts a new process in place of the one there is: at the end of the turn, or at once, and then the turn goes on. */
  async restartProcess(reason: 'memory' | 'requested', options: { when: 'idle' | 'now' }): Promise<void> {
    const isWorking = this.#turn.state === 'running';
    if (options.when === 'now' && isWorking) {
      if (this.#process.kill()) this.#killReason = RESTART_SENTENCES[reason];
    } else await this.hibernateWhenIdle(reason, { restart: isWorking || reason === 'requested' });
  }

  /** Stops the turn and ends the process; one that does not stop is killed. Nothing starts it again but a message. */
  async endProcess(): Promise<void> {
    if (this.#turn.state === 'idle') {
      await this.hibernate('requested');
      return;
    }
    this.#afterTurn = { reason: 'requested', restart: false };
    await this.interruptAndWait(END_WAIT_MS);
    if (this.#turn.state === 'running') this.#process.kill();
  }

  /** Tells people something that is not the agent's. */
  async notify(level: 'info' | 'warning', text: string): Promise<void> {
    await this.#command(() => this.#append([this.#stamp({ type: 'session.notice', level, text })]));
  }

  /** Takes up a session that a dead server left in the middle of something. */
  recover(): Promise<void> {
    return this.#command(async () => {
      await this.#approvals.cancelAll('process_ended');
      const open = await this.#deps.store.queue.listOpen(this.#session.id);
      const delivered = open.filter((message) => message.state === 'delivered');
      const wasWorking = this.#session.status !== 'idle' || this.#session.stopReason?.type === 'requires_action';
      if (delivered.length > 0 && wasWorking) {
        this.#turn = this.#toRunningTurn(delivered.map((message) => message.eventId));
        await this.#restart(RESTART_SENTENCES.server_restarted);
      } else if (wasWorking) {
        await this.#append([
          this.#stamp({ type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null }),
        ]);
      }
      await this.#takeNextMessage();
    });
  }

  /** Called every few seconds: hibernates what is idle for long, and stops turns without a sign of life. */
  sweep(): void {
    const now = this.#deps.clock.now();
    if (this.#turn.state === 'idle') {
      if (now - this.#idleSinceMs > this.#deps.idleTimeoutMs && this.#process.state === 'live') {
        this.#inBackground(async () => void (await this.hibernate('idle')));
      }
      return;
    }
    const waitsForPeople = this.#approvals.pending.size > 0;
    if (waitsForPeople || this.#process.state !== 'live') return;
    if (now - this.#turn.lastActivityMs > this.#deps.stallTimeoutMs) {
      this.#turn = { ...this.#turn, lastActivityMs: now };
      const text =
        'No sign of life from the agent for a long time, so its turn was stopped. Nothing is lost. Send a message to go on.';
      this.#inBackground(() => this.#append([this.#stamp({ type: 'session.notice', level: 'warning', text })]));
      this.#interrupt();
    }
  }

  /** Stops the running turn and waits until it is idle, for at most `ms`. */
  async interruptAndWait(ms: number): Promise<void> {
    if (this.#turn.state !== 'running') return;
    this.#interrupt();
    const deadline = this.#deps.clock.now() + ms;
    while (this.#turn.state === 'running' && this.#deps.clock.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends serving: the process and everything of it is gone when this resolves. What is durable stays as it is. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#approvals.close();
    clearTimeout(this.#restartTimer);
    await this.#process.close();
    await this.#queue.idle();
  }

  // ---- the process speaks ----

  async #handleMessage(message: SDKMessage): Promise<void> {
    if (this.#state === 'closed') return;
    this.#touch();
    const { state, outputs } = translate(this.#translation, message, this.#translationContext());
    this.#translation = state;
    let batch: SessionEvent[] = [];
    const flush = async () => {
      if (batch.length === 0) return;
      const events = batch;
      batch = [];
      await this.#appendTurnEvents(events);
    };
    for (const output of outputs) {
      if (output.kind === 'event') {
        batch.push(output.event);
        continue;
      }
      await flush();
      if (output.kind === 'preview') this.#deps.journal.preview(this.#session.id, output.event);
      else await this.#handleSignal(output.signal);
    }
    await flush();
  }

  async #appendTurnEvents(events: SessionEvent[]): Promise<void> {
    const beginsWork = events.some((event) => event.type === 'span.model_request_start');
    if (beginsWork && this.#turn.state === 'idle') await this.#beginTurn([]);
    const all =
      beginsWork && this.#session.status === 'rescheduling'
        ? [this.#stamp({ type: 'session.status_running' }), ...events]
        : events;
    if (
      this.#turn.state === 'running' &&
      events.some((event) => event.type === 'session.error' && event.error.retry_status.type === 'exhausted')
    ) {
      this.#turn = { ...this.#turn, failed: true };
    }
    await this.#append(all);
  }

  async #handleSignal(signal: TranslationSignal): Promise<void> {
    switch (signal.type) {
      case 'turn_ended':
        await this.#endTurn(signal);
        return;
      case 'tool_use':
        this.#toolUses.set(signal.toolUseId, signal.eventId);
        return;
      case 'plan_mode': {
        const mode = signal.active ? 'plan' : 'default';
        if (this.#session.permissionMode === mode || (!signal.active && this.#session.permissionMode !== 'plan'))
          return;
        await this.#append([this.#stamp({ type: 'session.updated', permission_mode: mode })], {
          patch: { permissionMode: mode },
        });
        return;
      }
      case 'transcript_lost':
        this.#logger.error({ reason: signal.message }, 'part of a transcript was not stored');
        return;
      case 'unknown_message':
        if (this.#unknownTypes.has(signal.messageType)) return;
        this.#unknownTypes.add(signal.messageType);
        this.#logger.warn({ message_type: signal.messageType }, 'unknown message of the agent process was left out');
        return;
      case 'give_up':
        this.#tellProcess(() => this.#process.interrupt());
        return;
      case 'message_started':
      case 'activity':
        return;
    }
  }

  // ---- turns ----

  async #takeNextMessage(): Promise<void> {
    if (this.#turn.state === 'running' || this.#state === 'closed') return;
    const next = await this.#deps.store.queue.nextWaiting(this.#session.id);
    if (next === undefined) return;
    await this.#beginTurn([next.eventId]);
    await this.#deliver(next);
  }

  /** Sends the message, after those of a turn that was given up before its agent had received them. */
  async #deliver(next: Pick<QueuedMessage, 'eventId' | 'agentMessageUuid' | 'content'>): Promise<void> {
    for (const message of [...(await this.#findUndelivered(next.eventId)), next]) this.#sendToProcess(message);
  }

  async #findUndelivered(exceptId: string): Promise<QueuedMessage[]> {
    if (!this.#mayHaveUndelivered) return [];
    const result: QueuedMessage[] = [];
    for (const message of await this.#deps.store.queue.listOpen(this.#session.id)) {
      if (message.state !== 'delivered' || message.eventId === exceptId) continue;
      if (await this.#hasReceived(message))
        await this.#deps.store.queue.mark(message.eventId, { from: 'delivered', to: 'done' });
      else result.push(message);
    }
    this.#mayHaveUndelivered = result.length > 0;
    return result;
  }

  #sendToProcess(message: Pick<QueuedMessage, 'agentMessageUuid' | 'content'>): void {
    this.#process.send({ uuid: message.agentMessageUuid, content: message.content as never });
  }

  #toNextTurn(messageIds: readonly string[]): RunningTurn {
    return { ...this.#toRunningTurn(messageIds), number: this.#turnNumber + 1 };
  }

  #toRunningTurn(messageIds: readonly string[]): RunningTurn {
    const now = this.#deps.clock.now();
    return {
      state: 'running',
      number: this.#turnNumber,
      startedAtMs: now,
      messageIds,
      interrupted: false,
      deaths: 0,
      failed: false,
      lastActivityMs: now,
    };
  }

  #toTurnStartEvents(turn: RunningTurn): SessionEvent[] {
    return [
      this.#stamp({ type: 'session.turn_started', turn: turn.number, message_ids: [...turn.messageIds] }),
      this.#stamp({ type: 'session.status_running' }),
    ];
  }

  async #beginTurn(messageIds: readonly string[]): Promise<void> {
    const turn = this.#toNextTurn(messageIds);
    await this.#append(this.#toTurnStartEvents(turn), {
      within: async ({ queue }) => {
        for (const id of messageIds) await queue.mark(id, { from: 'waiting', to: 'delivered' });
      },
    });
    this.#turn = turn;
    this.#turnNumber = turn.number;
  }

  async #endTurn(ended: Extract<TranslationSignal, { type: 'turn_ended' }>): Promise<void> {
    if (this.#turn.state !== 'running') return;
    const turn = this.#turn;
    const failed = !turn.interrupted && (ended.outcome === 'failed' || turn.failed);
    const usage = addTurnUsage(this.#session.usage, { ...ended, activeMs: this.#deps.clock.now() - turn.startedAtMs });
    const failure = failed && !turn.failed ? [toExhaustedError(this.#deps.clock, 'The turn ended with an error')] : [];
    await this.#finish(turn, {
      before: failure,
      outcome: turn.interrupted ? 'interrupted' : failed ? 'failed' : 'completed',
      usage,
      ended,
    });
    await this.#takeNextMessage();
  }

  async #finish(
    turn: RunningTurn,
    options: {
      before: SessionEvent[];
      outcome: 'completed' | 'interrupted' | 'failed';
      usage?: Session['usage'];
      ended?: Extract<TranslationSignal, { type: 'turn_ended' }>;
      keepMessages?: boolean;
    },
  ): Promise<void> {
    if (this.#approvals.pending.size > 0) await this.#approvals.cancelAll('interrupted');
    if (options.keepMessages === true) this.#mayHaveUndelivered = true;
    const { before, outcome, ended } = options;
    const usage = options.usage ?? this.#session.usage;
    await this.#append([...before, ...toTurnEndEvents(this.#deps.clock, { turn, outcome, usage, ended })], {
      patch: { usage },
      within: async ({ queue }) => {
        if (options.keepMessages === true) return;
        for (const id of turn.messageIds) await queue.mark(id, { from: 'delivered', to: 'done' });
      },
    });
    this.#turn = { state: 'idle' };
    this.#toolUses.clear();
    this.#idleSinceMs = this.#deps.clock.now();
    const after = this.#afterTurn;
    this.#afterTurn = undefined;
    if (after !== undefined && this.#process.state !== 'none') {
      const letGo = await this.#letProcessGo(after.reason);
      this.#tellProcess(() => letGo.ended);
      if (after.restart) this.warmUp();
    }
    this.#options.onChange(this);
  }

  #interrupt(): void {
    if (this.#turn.state !== 'running') return;
    this.#turn = { ...this.#turn, interrupted: true };
    if (this.#process.state === 'live') {
      this.#tellProcess(() => this.#process.interrupt());
      return;
    }
    // Nothing has begun yet: the process that is starting has the message, so it has to go.
    this.#inBackground(async () => {
      await this.#process.close();
      await this.#queue.run(() => this.#handleExit({ expected: true, reason: 'interrupted' }));
    });
  }

  // ---- the process ends ----

  async #handleExit({ expected, ...ended }: ProcessExit): Promise<void> {
    if (this.#state === 'closed') return;
    const exit = { expected, reason: this.#killReason ?? ended.reason };
    this.#killReason = undefined;
    this.#logger.warn({ reason: exit.reason, expected: exit.expected }, 'agent process ended');
    await this.#closeOpenRequest();
    await this.#approvals.cancelAll('process_ended');
    if (this.#turn.state !== 'running') return;
    const turn = { ...this.#turn, deaths: this.#turn.deaths + 1 };
    this.#turn = turn;
    if (turn.interrupted) {
      await this.#finish(turn, { before: [], outcome: 'interrupted', keepMessages: true });
      await this.#takeNextMessage();
    } else if (turn.deaths >= MAX_DEATHS_PER_TURN) {
      const message = `The agent process ended ${turn.deaths} times in this turn: ${exit.reason}. Nothing is lost; send a message to go on`;
      const error = toExhaustedError(this.#deps.clock, message);
      await this.#finish(turn, { before: [error], outcome: 'failed', keepMessages: true });
      await this.#takeNextMessage();
    } else if (turn.deaths === 1) {
      await this.#restart(exit.reason);
    } else {
      this.#restartTimer = setTimeout(() => {
        this.#inBackground(() => this.#queue.run(() => this.#restart(exit.reason)));
      }, RESTART_DELAY_MS * turn.deaths);
    }
  }

  /** Ends the process and tells it; only between turns. What is returned is settled when all of it is gone. */
  async #letProcessGo(reason: ProcessHibernatedEvent['reason']): Promise<{ ended: Promise<void> }> {
    const ended = this.#process.close();
    this.#translation = INITIAL_STATE;
    await this.#guard(() => this.#append([this.#stamp({ type: 'session.process_hibernated', reason })]));
    return { ended };
  }

  async #closeOpenRequest(): Promise<void> {
    const { request } = this.#translation;
    this.#translation = INITIAL_STATE;
    this.#toolUses.clear();
    if (request === null) return;
    await this.#append([
      this.#stamp({
        type: 'span.model_request_end',
        model_request_start_id: request.startEventId,
        is_error: true,
        model_usage: request.usage,
      }),
      ...request.heldResults,
    ]);
  }

  /** Starts the process again in the middle of a turn: what the agent has not received is sent, else it is told to go on. */
  async #restart(reason: string): Promise<void> {
    if (this.#turn.state !== 'running' || this.#state === 'closed') return;
    await adoptLocalTranscript(this.#deps.store.transcripts, {
      dirs: this.#dirs,
      agentSessionId: this.#session.agentSessionId,
    });
    await this.#append([
      this.#stamp({ type: 'session.status_rescheduled' }),
      this.#stamp({ type: 'session.process_restarting', reason }),
    ]);
    let resent = 0;
    for (const id of this.#turn.messageIds) {
      const message = await this.#deps.store.queue.find(id);
      if (message === undefined || (await this.#hasReceived(message))) continue;
      this.#sendToProcess(message);
      resent += 1;
    }
    if (resent === 0) this.#process.send({ uuid: randomUUID(), content: CONTINUE_AFTER_DEATH, synthetic: true });
  }

  #hasReceived(message: QueuedMessage): Promise<boolean> {
    return this.#deps.store.transcripts.hasUuid({ sessionId: this.#session.agentSessionId }, message.agentMessageUuid);
  }

  // ---- plumbing ----

  async #describeProcess(): Promise<ProcessDescription> {
    const transcript = await this.#deps.store.transcripts.load({ sessionId: this.#session.agentSessionId });
    return {
      agentSessionId: this.#session.agentSessionId,
      dirs: this.#dirs,
      resume: transcript !== null,
      isNew: transcript === null && (await isUnused(this.#dirs)),
      model: this.#session.model ?? this.#deps.defaultModel,
      planMode: this.#session.permissionMode === 'plan',
    };
  }

  /** The session goes on with the transcript and the folders that a spare was started with. */
  async #adopt(spare: Pick<Spare, 'agentSessionId' | 'dirs'>): Promise<void> {
    const { agentSessionId } = this.#session;
    await this.#append([], { patch: { agentSessionId: spare.agentSessionId } });
    this.#dirs = spare.dirs;
    await linkWorkspace(this.#deps.dataDir, this.#session.id, spare.dirs);
    await deleteSessionDirs(this.#deps.dataDir, { agentSessionId });
  }

  async #enqueue(
    transaction: StoreTransaction,
    event: UserMessageEvent,
    options: { seq: number; uuids: ReadonlyMap<string, string> },
  ): Promise<void> {
    await transaction.queue.enqueue({
      eventId: event.id,
      sessionId: this.#session.id,
      seq: options.seq,
      content: event.content,
      agentMessageUuid: options.uuids.get(event.id) ?? randomUUID(),
    });
  }

  async #keepRules(rules: readonly string[]): Promise<void> {
    if (rules.length === 0) return;
    for (const rule of rules) this.#rules.add(rule);
    await this.#deps.store.settings.set(toRulesKey(this.#session.id), [...this.#rules]);
  }

  /** Stores and publishes events; the session's row changes in the same transaction, before anyone sees the events. */
  async #append(
    events: readonly SessionEvent[],
    options: {
      patch?: SessionPatch;
      within?: (transaction: StoreTransaction, firstSeq: number) => Promise<void>;
      onCommitted?: () => void;
    } = {},
  ): Promise<number> {
    const patch = { ...toStatusPatch(events), ...options.patch };
    const hasPatch = Object.keys(patch).length > 0;
    const { id } = this.#session;
    let updated: Session | undefined;
    const within = async (transaction: StoreTransaction, firstSeq: number) => {
      await options.within?.(transaction, firstSeq);
      if (hasPatch) updated = await transaction.sessions.update(id, patch, { fence: this.#options.fence });
    };
    const first = await this.#deps.journal.append({
      sessionId: id,
      fence: this.#options.fence,
      events,
      ...((hasPatch || options.within) && { within }),
      ...(options.onCommitted && { onCommitted: options.onCommitted }),
    });
    this.#session = {
      ...(updated ?? this.#session),
      lastSeq: Math.max(this.#session.lastSeq, first + events.length - 1),
    };
    if (hasPatch) this.#options.onChange(this);
    return first;
  }

  #translationContext(): TranslationContext {
    return {
      newEventId: () => createId('sevt', this.#deps.clock.now()),
      newThreadId: () => createId('thrd', this.#deps.clock.now()),
      nowMs: this.#deps.clock.now(),
      evaluatePermission: (toolName, input) => this.#gate.evaluate(toolName, input).permission,
      workspaceDir: this.#dirs.workspace,
    };
  }

  #stamp(event: Parameters<typeof stampEvent>[1]): SessionEvent {
    return stampEvent(this.#deps.clock, event);
  }

  #touch(): void {
    if (this.#turn.state === 'running') this.#turn = { ...this.#turn, lastActivityMs: this.#deps.clock.now() };
  }

  #command<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      if (this.#state === 'closed')
        throw new CspError('stopping', 'The server is stopping. Try again in a moment', { retryAfterMs: 2000 });
      return work();
    });
  }

  #tellProcess(action: () => Promise<void>): void {
    action().catch((error: unknown) => {
      // The process is gone or going; its end is handled where it is noticed.
      this.#logger.debug({ err: error }, 'a request to the agent process was not answered');
    });
  }

  /** For work that nobody waits for: what fails there makes the session unservable here. */
  #inBackground(work: () => Promise<unknown>): void {
    void this.#guard(work);
  }

  async #guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#state === 'closed') return;
      this.#options.onBroken(this, error);
    }
  }
}

/** The key under which the store keeps what was allowed for a session. */
export function toRulesKey(sessionId: string): string {
  return `session-rules/${sessionId}`;
}

function isUserMessage(event: SessionEvent): event is UserMessageEvent {
  return event.type === 'user.message';
}

function mergeMetadata(before: Record<string, string>, change: Record<string, string | null>): Record<string, string> {
  const merged: Record<string, string | null> = { ...before, ...change };
  return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null));
}
