import { randomUUID } from 'node:crypto';

import type { CspError, SessionEvent } from '@claude-sdk-pattern/protocol';

import type { TranslationSignal } from '../agent-process/translate/translation.ts';
import type { Spender } from '../budgets/budget-book.ts';
import type { ReachedBudget } from '../budgets/reached-budget.ts';
import type { Session } from '../store/sessions.ts';
import type { Stop } from '../stops/stop.ts';
import { GOES_ON_WITHIN_BUDGET, toBudgetStop, wasCutByBudget } from './budget-stop.ts';
import { closeUnfinishedWork } from './close-unfinished-work.ts';
import { commitTurnEnd } from './commit-turn-end.ts';
import { toContinuation } from './continue-turn.ts';
import type { FallbackModel } from './fallback-model.ts';
import type { ModelCallMeter } from './model-call-meter.ts';
import type { MessageDelivery } from './message-delivery.ts';
import type { TurnDeps } from './turn-deps.ts';
import { NEVER_STARTED, type Exit } from '../hosts/exit.ts';
import { SERVER_RESTARTED, toRestart, type Restart } from '../processes/to-restart.ts';
import { createTaskReports, type TaskReport, type TaskReports } from './task-reports.ts';
import { stepTurn, type TurnEffect, type TurnInput } from './step-turn.ts';
import type { SessionProcess } from './session-process.ts';
import type { SessionRecord } from './session-record.ts';
import { findReportedCost, toExhaustedError, toTurnEndEvents } from './turn-end-events.ts';
import type { RunningTurn, Turn } from './turn.ts';
import { findUntoldTasks } from './lost-tasks.ts';
import { findLostUsage } from './lost-usage.ts';
import { addTurnUsage, NO_TURN_USAGE, sumUsage, type TurnCost } from './turn-usage.ts';

/** Whether the session's row says that a turn has not ended. */
export function hasOpenTurn({ status, stopReason }: Pick<Session, 'status' | 'stopReason'>): boolean {
  return status !== 'idle' || stopReason?.type === 'requires_action';
}

/** Whose budgets limit a session. */
export function toSpender({ id, ownerId, agentId, budgetMicroUsd }: Session): Spender {
  return { ownerId, agentId, ownBudgetId: budgetMicroUsd === null ? undefined : id };
}

export type TurnEnded = Extract<TranslationSignal, { type: 'turn_ended' }>;

type SessionTurnsDeps = Pick<TurnDeps, 'clock' | 'store' | 'usage' | 'stops'> & {
  budgets: Pick<TurnDeps['budgets'], 'findReached'>;
};

export interface SessionTurnsOptions {
  record: SessionRecord;
  process: SessionProcess;
  delivery: MessageDelivery;
  /** Usage of the turn that its process has not reported. */
  meter: Pick<ModelCallMeter, 'take' | 'takeAll' | 'takeCut'>;
  fallback: Pick<FallbackModel, 'check'>;
  /** How many turns the session has had. */
  turnNumber: number;
  /** Stores the end of the transcript that a dead process left on disk. */
  adoptTranscript(): Promise<void>;
  /** Awaited before the events that end a turn are stored, if there is something to cancel. */
  cancelApprovals(): Promise<void>;
  /** Has a process started that goes on with calls that were answered; false where the turn has none. */
  takeUpCalls(): boolean;
  /** A turn begins; `before` it the session had so many. */
  onBegin?(before: number): void;
  /** Awaited when a turn has ended, before the next one begins. */
  onIdle(): Promise<void>;
  /** Runs work in the session's order that nobody waits for; after a failure the session is evicted from memory. */
  enqueue(work: () => Promise<void>): void;
}

const CUT_BY_RESTART =
  'The server was restarted. This stopped the work that the agent had begun. Send a message to continue.';

/**
 * The turns of one session: which message is taken next, how a turn begins and ends, and how it continues when its
 * process has died. `stepTurn` decides, and this class performs the effects. One call at a time: the caller queues.
 * Over 300 lines: every method changes the one turn.
 */
export class SessionTurns {
  readonly #deps: SessionTurnsDeps;
  readonly #options: SessionTurnsOptions;
  #turn: Turn;
  #number: number;
  #restartTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #takesMessages = true;
  /** What the agent is told of tasks that have ended. */
  readonly reports: TaskReports;

  constructor(deps: SessionTurnsDeps, options: SessionTurnsOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#number = options.turnNumber;
    this.#turn = { state: 'idle', sinceMs: deps.clock.uptimeMs() };
    this.reports = createTaskReports({
      clock: deps.clock,
      onOverdue: () => options.enqueue(() => this.takeNextMessage()),
    });
  }

  get running(): RunningTurn | undefined {
    return this.#turn.state === 'running' ? this.#turn : undefined;
  }

  /** Of the running turn, or of the next one: what an idle process does counts for that. */
  get currentNumber(): number {
    return this.#turn.state === 'running' ? this.#turn.number : this.#number + 1;
  }

  /** Server uptime since when the session is idle; undefined while a turn runs. */
  get idleSinceMs(): number | undefined {
    return this.#turn.state === 'idle' ? this.#turn.sinceMs : undefined;
  }

  /** Records activity of the process or, in an idle session, of a person. */
  touch(): void {
    this.#step({ type: 'touched', atMs: this.#deps.clock.uptimeMs() });
  }

  /** The next turn, not begun yet, with the events that begin it. */
  plan(messageIds: readonly string[], taskIds: readonly string[] = []): { turn: RunningTurn; events: SessionEvent[] } {
    const turn = { ...this.#toRunning(messageIds), number: this.#number + 1 };
    return {
      turn,
      events: [
        this.#stamp({
          ...{ type: 'session.turn_started', turn: turn.number, message_ids: [...messageIds] },
          ...(taskIds.length > 0 && { cause: { type: 'background_tasks', task_ids: [...taskIds] } }),
        }),
        this.#stamp({ type: 'session.status_running' }),
      ],
    };
  }

  /** Begins a planned turn whose events are committed. */
  begin(turn: RunningTurn): void {
    this.#step({ type: 'begun', turn });
    this.#number = turn.number;
    this.#options.onBegin?.(turn.number - 1);
  }

  /**
   * A budget without room for a turn of the session, which also takes the model that its budgets ask for. The database is asked
   * only where some limit it.
   */
  findReached(): Promise<ReachedBudget | undefined> | undefined {
    const fallen = this.#options.fallback.check();
    const reached = this.#deps.budgets.findReached(toSpender(this.#options.record.session));
    return fallen === undefined ? reached : Promise.all([reached, fallen]).then(([found]) => found);
  }

  /** Why the session may begin no turn here, because an operator has stopped its work or takes the server out of service. */
  findStop(): Stop | undefined {
    const { ownerId, agentId } = this.#options.record.session;
    return this.#deps.stops.findTurnStop({ ownerId, agentId });
  }

  /** Goes on where a budget has stopped the session, if that has room again: with a message that waits, or with the turn that it has cut. */
  async resumeWithinBudget(): Promise<void> {
    const { record, process } = this.#options;
    if (this.#turn.state === 'running' || this.#closed || !this.#takesMessages) return;
    if (record.session.stopReason?.type !== 'budget_reached' || record.session.archivedAt !== null) return;
    if (this.findStop() !== undefined || (await this.findReached()) !== undefined) return;
    await this.takeNextMessage();
    // Changes what `#turn` is.
    if (this.running !== undefined || !(await wasCutByBudget(this.#deps.store, this.#sessionId))) return;
    await this.#beginStored([]);
    process.send({ uuid: randomUUID(), content: GOES_ON_WITHIN_BUDGET, synthetic: true });
  }

  /**
   * Begins a turn with what the agent was not told in the last one, or with the oldest waiting message, if the session is idle. Where an operator has stopped it, or a budget has no
   * room, the message waits on. Of a budget the session says so: with `isNew` also where it has said so before.
   */
  async takeNextMessage({ isNew = false } = {}): Promise<void> {
    if (this.#turn.state === 'running' || this.#closed || !this.#takesMessages || this.reports.isDue) return;
    if (this.findStop() !== undefined) return;
    const tells = this.reports.isHeld && this.#options.record.session.archivedAt === null;
    const next = await this.#deps.store.queue.nextWaiting(this.#sessionId);
    if (next === undefined && !tells) return;
    const reached = await this.findReached();
    if (reached !== undefined) {
      const isTold = this.#options.record.session.stopReason?.type === 'budget_reached';
      if (isNew || !isTold) await this.#options.record.append(toBudgetStop(this.#deps.clock, reached));
      return;
    }
    const report = tells ? this.reports.takeHeld() : undefined;
    if (report !== undefined) return this.#tell(report);
    if (next === undefined) return;
    await this.#beginStored([next.eventId]);
    await this.#options.delivery.deliver(next);
  }

  /** The agent works without a message: begins a turn of its own, unless one runs. `taskIds`: of whose end it was told. */
  async ensureRunning(taskIds: readonly string[] = []): Promise<void> {
    if (this.#turn.state === 'idle') await this.#beginStored([], taskIds);
  }

  /** Records whether the journal has an error without further retries and no answer after it: then the turn fails. */
  markFailed(failed: boolean): void {
    this.#step({ type: 'failure_told', failed });
  }

  /** A budget has refused a model call; without a turn the agent itself gets to know. */
  noteBudgetReached(reached: ReachedBudget): void {
    this.#step({ type: 'budget_reached', reached });
  }

  /** The process reports the end of the turn. */
  async end(ended: TurnEnded): Promise<void> {
    if (this.#turn.state !== 'running') return;
    const { outcome, refusal } = ended;
    // The message came to the agent in the moment in which a task ended, and is answered after what that reports.
    if (ended.isOfTask && this.#turn.messageIds.length > 0) return;
    for (const effect of this.#step({ type: 'ended', outcome, isExplained: refusal !== null })) {
      if (effect.type === 'finish') await this.#finish(this.#turn, effect, ended);
    }
  }

  /** Tells the process to stop the running turn. `sweep` kills a process that does not. */
  interrupt(): void {
    const isProcessLive = this.#options.process.state === 'live';
    this.#performNow(this.#step({ type: 'interrupt_asked', atMs: this.#deps.clock.uptimeMs(), isProcessLive }));
  }

  /** Kills the process of a turn that was told to stop and has not. */
  sweep(): void {
    this.#performNow(this.#step({ type: 'swept', atMs: this.#deps.clock.uptimeMs() }));
  }

  /** Resolves when the turn has ended or `needsNoWait` is true, or after `ms`. */
  async waitUntilIdle(ms: number, needsNoWait: () => boolean = () => false): Promise<void> {
    const deadline = this.#deps.clock.uptimeMs() + ms;
    while (this.#turn.state === 'running' && !needsNoWait() && this.#deps.clock.uptimeMs() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The process of the turn with this number has ended: the turn continues with another process, or ends. */
  async handleExit(exit: Exit, turnNumber: number | undefined): Promise<void> {
    if (this.#turn.state !== 'running' || this.#turn.number !== turnNumber || this.#closed) return;
    const used = await this.#options.meter.takeAll();
    for (const effect of this.#step({ type: 'process_gone', exit, used })) {
      if (effect.type === 'finish') await this.#finish(this.#turn, effect);
      else if (effect.type === 'restart_process') await this.#restartAfter(effect);
    }
  }

  /** Continues or closes the turn that a dead server left, and keeps the messages that it had taken. */
  async recover(): Promise<void> {
    const { session } = this.#options.record;
    this.reports.restore(await findUntoldTasks(this.#deps.store, session.id));
    const open = await this.#deps.store.queue.listOpen(session.id);
    const delivered = open.filter((message) => message.state === 'delivered');
    const hadOpenTurn = hasOpenTurn(session);
    const closing = hadOpenTurn ? await closeUnfinishedWork(this.#deps.store, this.#options.record) : [];
    if (closing.length > 0) await this.#options.record.append(closing);
    if (delivered.length > 0 && hadOpenTurn) {
      await this.#resumeTurn(delivered);
      // What was stopped stays stopped; the agent gets the messages with the next one.
      if (this.#isWorkStopped()) this.interrupt();
      else await this.#restart(SERVER_RESTARTED);
    } else if (hadOpenTurn) {
      const idle = { type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null } as const;
      const notice = { type: 'session.notice', level: 'info', text: CUT_BY_RESTART } as const;
      const usage = addTurnUsage(session.usage, { ...(await this.#findLost()), activeMs: 0 });
      await this.#options.record.append([this.#stamp(notice), this.#stamp(idle)], { patch: { usage } });
    }
    await this.takeNextMessage();
  }

  /** The process is gone and the turn waits for people: it needs none before they answer. */
  async noteProcessLetGo(): Promise<void> {
    this.#step({ type: 'process_let_go', used: await this.#options.meter.takeAll() });
  }

  /** The turn that a dead server left waits for people: it needs no process before they answer. */
  async recoverWaiting(events: readonly SessionEvent[], goOn: ReadonlySet<string>): Promise<void> {
    const { record } = this.#options;
    const open = await this.#deps.store.queue.listOpen(this.#sessionId);
    const delivered = open.filter((message) => message.state === 'delivered');
    const left = await closeUnfinishedWork(this.#deps.store, record, goOn);
    if (left.length + events.length > 0) await record.append([...left, ...events]);
    await this.#resumeTurn(delivered);
  }

  /** The server is stopping: waiting messages stay in the queue. */
  stopTaking(): void {
    this.#takesMessages = false;
  }

  close(): void {
    this.#closed = true;
    this.reports.close();
    clearTimeout(this.#restartTimer);
  }

  get #sessionId(): string {
    return this.#options.record.session.id;
  }

  #isWorkStopped(): boolean {
    const { ownerId, agentId } = this.#options.record.session;
    return this.#deps.stops.findWorkStop({ ownerId, agentId }) !== undefined;
  }

  /** Takes up the turn that a dead server left, with what it had used. */
  async #resumeTurn(delivered: readonly { eventId: string }[]): Promise<void> {
    const lost = await this.#findLost();
    const turn = { ...this.#toRunning(delivered.map(({ eventId }) => eventId)), lost };
    this.#step({ type: 'begun', turn });
  }

  #findLost(): Promise<TurnCost> {
    return findLostUsage(this.#deps, { sessionId: this.#sessionId, turnNumber: this.#number });
  }

  #toRunning(messageIds: readonly string[]): RunningTurn {
    const now = this.#deps.clock.uptimeMs();
    return {
      state: 'running',
      number: this.#number,
      startedAtMs: now,
      messageIds,
      interruptedAtMs: undefined,
      exits: 0,
      lost: NO_TURN_USAGE,
      failed: false,
      reached: undefined,
      report: undefined,
      lastActivityMs: now,
    };
  }

  /** Begins a turn with the report of tasks that ended while another turn ran. */
  async #tell({ taskIds, text }: TaskReport): Promise<void> {
    const report = { uuid: randomUUID(), content: text };
    await this.#beginStored([], taskIds, report);
    this.#options.process.send({ ...report, synthetic: true });
  }

  async #beginStored(
    messageIds: readonly string[],
    taskIds: readonly string[] = [],
    report?: RunningTurn['report'],
  ): Promise<void> {
    const { turn, events } = this.plan(messageIds, taskIds);
    await this.#options.record.append(events, {
      within: async ({ queue }) => {
        for (const id of messageIds) await queue.mark(id, { from: 'waiting', to: 'delivered' });
      },
    });
    this.begin({ ...turn, report });
  }

  #step(input: TurnInput): readonly TurnEffect[] {
    const { turn, effects } = stepTurn(this.#turn, input);
    this.#turn = turn;
    return effects;
  }

  #performNow(effects: readonly TurnEffect[]): void {
    const { process, enqueue } = this.#options;
    for (const { type } of effects) {
      // If that fails, the process has ended or is ending, which `handleExit` handles.
      if (type === 'interrupt_process') process.interrupt().catch(() => undefined);
      else if (type === 'kill_process') process.kill('asked');
      else if (type === 'release_process') {
        const turnNumber = this.running?.number;
        void process.release().then(() => enqueue(() => this.handleExit(NEVER_STARTED, turnNumber)));
      }
    }
  }

  async #restartAfter({ afterMs, exit }: Extract<TurnEffect, { type: 'restart_process' }>): Promise<void> {
    const turnNumber = this.running?.number;
    if (afterMs === 0) return this.#restart(toRestart(exit));
    const restart = async () => {
      if (this.running?.number === turnNumber) await this.#restart(toRestart(exit));
    };
    this.#restartTimer = setTimeout(() => this.#options.enqueue(restart), afterMs);
  }

  async #finish(
    turn: Turn,
    { outcome, error, keepMessages }: Extract<TurnEffect, { type: 'finish' }>,
    ended?: TurnEnded,
  ): Promise<void> {
    if (turn.state !== 'running') return;
    clearTimeout(this.#restartTimer);
    await this.#options.cancelApprovals();
    if (keepMessages) this.#options.delivery.assumeUndelivered();
    const durationMs = this.#deps.clock.uptimeMs() - turn.startedAtMs;
    const { meter } = this.#options;
    const used = sumUsage(turn.lost, outcome === 'completed' ? meter.take() : await meter.takeCut());
    const usage = addTurnUsage(this.#options.record.session.usage, { ...used, activeMs: durationMs });
    const changedFiles = ended?.changedFiles ?? [];
    const refusal = ended?.refusal ?? null;
    const end = { turn, durationMs, outcome, usage, used, reported: ended, changedFiles, refusal };
    const before = error === undefined ? [] : [this.#toError(error)];
    const events = [...before, ...toTurnEndEvents(this.#deps.clock, end)];
    await commitTurnEnd({ record: this.#options.record, usage: this.#deps.usage }, events, {
      patch: { usage },
      within: async ({ queue, usage: records }) => {
        const reportedMicroUsd = findReportedCost(end);
        if (reportedMicroUsd !== undefined) {
          const { id: sessionId, ownerId } = this.#options.record.session;
          const { costMicroUsd } = used;
          await records.noteDifference({ sessionId, turn: turn.number, ownerId, costMicroUsd, reportedMicroUsd });
        }
        if (keepMessages) return;
        for (const id of turn.messageIds) await queue.mark(id, { from: 'delivered', to: 'done' });
      },
    });
    this.#step({ type: 'finished', atMs: this.#deps.clock.uptimeMs() });
    this.reports.turnEnded();
    await this.#options.onIdle();
    await this.takeNextMessage();
  }

  /**
   * Starts a process in the middle of a turn. Sends the messages that the agent has not received, or tells it to
   * continue.
   */
  async #restart(restart: Restart): Promise<void> {
    if (this.#turn.state !== 'running' || this.#closed) return;
    await this.#options.adoptTranscript();
    await this.#options.record.append([
      this.#stamp({ type: 'session.status_rescheduled' }),
      this.#stamp({ type: 'session.process_restarting', ...restart }),
    ]);
    if (this.#options.takeUpCalls()) return;
    const { messageIds, report } = this.#turn;
    if (await this.#options.delivery.deliverAgain(messageIds)) return;
    const { agentSessionId: sessionId } = this.#options.record.session;
    if (report !== undefined && !(await this.#deps.store.transcripts.hasUuid({ sessionId }, report.uuid))) {
      this.#options.process.send({ ...report, synthetic: true });
      return;
    }
    const content = await toContinuation(this.#deps.store, this.#sessionId);
    this.#options.process.send({ uuid: randomUUID(), content, synthetic: true });
  }

  #toError(error: CspError | 'unknown'): SessionEvent {
    const { clock } = this.#deps;
    if (error === 'unknown') return toExhaustedError(clock, 'The turn ended with an error');
    return toExhaustedError(clock, error.message, error);
  }

  #stamp(event: Parameters<SessionRecord['stamp']>[0]): SessionEvent {
    return this.#options.record.stamp(event);
  }
}
