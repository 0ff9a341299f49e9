import { randomUUID } from 'node:crypto';

import { CspError, type SessionEvent } from '@claude-sdk-pattern/protocol';

import { describeExit } from '../agent-process/describe-exit.ts';
import type { TranslationSignal } from '../agent-process/translate/translation.ts';
import type { Session } from '../store/sessions.ts';
import { closeLeftWork } from './close-left-work.ts';
import { toContinuation } from './continue-turn.ts';
import type { ModelCallMeter } from './model-call-meter.ts';
import type { MessageDelivery } from './message-delivery.ts';
import type { TurnDeps } from './turn-deps.ts';
import { NEVER_STARTED, type Exit } from '../hosts/exit.ts';
import { SERVER_RESTARTED, toRestart, type Restart } from '../processes/to-restart.ts';
import type { SessionProcess } from './session-process.ts';
import type { SessionRecord } from './session-record.ts';
import { toExhaustedError, toTurnEndEvents } from './turn-end-events.ts';
import { INTERRUPT_WAIT_MS, MAX_DEATHS_PER_TURN, type RunningTurn, type Turn } from './turn.ts';
import { addTurnUsage, NO_TURN_USAGE, sumUsage } from './turn-usage.ts';

/** Whether a turn of the session has not ended, as far as its row says. */
export function isAtWork({ status, stopReason }: Pick<Session, 'status' | 'stopReason'>): boolean {
  return status !== 'idle' || stopReason?.type === 'requires_action';
}

export type TurnEnded = Extract<TranslationSignal, { type: 'turn_ended' }>;

export interface SessionTurnsOptions {
  record: SessionRecord;
  process: SessionProcess;
  delivery: MessageDelivery;
  /** What the turn has used that its process has not said. */
  meter: Pick<ModelCallMeter, 'take' | 'settle'>;
  /** How many turns the session has had. */
  turnNumber: number;
  /** Brings the transcript that a dead process left on disk into the store. */
  adoptTranscript(): Promise<void>;
  /** Awaited before the events that end a turn are stored, if there is something to cancel. */
  cancelApprovals(): Promise<void>;
  /** Awaited when a turn has ended, before the next one begins. */
  onIdle(): Promise<void>;
  /** Runs work in the session's order that nobody waits for; what fails there makes the session unservable. */
  enqueue(work: () => Promise<void>): void;
}

/** Trying again at once would only wait once more, or meet the same bound of a transcript. */
const HOPELESS: ReadonlySet<string> = new Set(['overloaded', 'too_large']);
const RESTART_DELAY_MS = 1000;
const CUT_BY_RESTART =
  'The server was restarted. What the agent was doing by itself was stopped; send a message to go on.';

/**
 * The turns of one session: which message is taken next, how a turn begins and ends, and how it goes on when its
 * process has died. One call at a time: the caller queues.
 */
export class SessionTurns {
  readonly #deps: Pick<TurnDeps, 'clock' | 'store' | 'usage'>;
  readonly #options: SessionTurnsOptions;
  #turn: Turn = { state: 'idle' };
  #number: number;
  #idleSinceMs: number;
  #restartTimer: NodeJS.Timeout | undefined;
  #closed = false;
  #takes = true;

  constructor(deps: Pick<TurnDeps, 'clock' | 'store' | 'usage'>, options: SessionTurnsOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#number = options.turnNumber;
    this.#idleSinceMs = deps.clock.uptimeMs();
  }

  get running(): RunningTurn | undefined {
    return this.#turn.state === 'running' ? this.#turn : undefined;
  }

  /** Uptime of the server since when nothing happens; undefined while a turn runs. */
  get idleSinceMs(): number | undefined {
    return this.#turn.state === 'idle' ? this.#idleSinceMs : undefined;
  }

  /** The process gave a sign of life; of an idle session, somebody did. */
  touch(): void {
    const now = this.#deps.clock.uptimeMs();
    if (this.#turn.state === 'running') this.#turn = { ...this.#turn, lastActivityMs: now };
    else this.#idleSinceMs = now;
  }

  /** The next turn, not begun yet, with the events that begin it. */
  plan(messageIds: readonly string[]): { turn: RunningTurn; events: SessionEvent[] } {
    const turn = { ...this.#toRunning(messageIds), number: this.#number + 1 };
    return {
      turn,
      events: [
        this.#stamp({ type: 'session.turn_started', turn: turn.number, message_ids: [...messageIds] }),
        this.#stamp({ type: 'session.status_running' }),
      ],
    };
  }

  /** Begins a planned turn whose events are committed. */
  begin(turn: RunningTurn): void {
    // What was metered behind the end of the turn before is in what its process has said.
    this.#options.meter.settle();
    this.#turn = turn;
    this.#number = turn.number;
  }

  /** Takes the oldest message that waits, if the session is idle. */
  async takeNextMessage(): Promise<void> {
    if (this.#turn.state === 'running' || this.#closed || !this.#takes) return;
    const next = await this.#deps.store.queue.nextWaiting(this.#sessionId);
    if (next === undefined) return;
    await this.#beginStored([next.eventId]);
    await this.#options.delivery.deliver(next);
  }

  /** The agent works without having been asked: a turn of its own, unless one runs. */
  async ensureRunning(): Promise<void> {
    if (this.#turn.state === 'idle') await this.#beginStored([]);
  }

  /** An error that retries did not mend is in the journal: the turn will end as a failed one, unless an answer follows. */
  markFailed(failed: boolean): void {
    if (this.#turn.state === 'running') this.#turn = { ...this.#turn, failed };
  }

  /** The process says that the turn is over. */
  async end(ended: TurnEnded): Promise<void> {
    if (this.#turn.state !== 'running') return;
    const turn = this.#turn;
    const interrupted = turn.interruptedAtMs !== undefined;
    const failed = !interrupted && (ended.outcome === 'failed' || turn.failed);
    this.#options.meter.settle();
    const isUntold = failed && !turn.failed && ended.refusal === null;
    const failure = isUntold ? [toExhaustedError(this.#deps.clock, 'The turn ended with an error')] : [];
    const outcome = interrupted ? 'interrupted' : failed ? 'failed' : 'completed';
    await this.#finish(turn, { before: failure, outcome, ended });
  }

  /** Tells the process to stop the running turn; a process that does not is killed by `sweep`. */
  interrupt(): void {
    if (this.#turn.state !== 'running') return;
    const { process, enqueue } = this.#options;
    const wasInterrupted = this.#turn.interruptedAtMs !== undefined;
    this.#turn = { ...this.#turn, interruptedAtMs: this.#turn.interruptedAtMs ?? this.#deps.clock.uptimeMs() };
    if (process.state === 'live') {
      // Where that fails the process is gone or going; its end is handled where it is noticed.
      process.interrupt().catch(() => undefined);
      return;
    }
    if (wasInterrupted) return;
    // Nothing has begun yet: the process that is starting has the message, so it has to go.
    const { number } = this.#turn;
    void process.letGo().then(() => enqueue(() => this.handleExit(NEVER_STARTED, number)));
  }

  /** Kills the process of a turn that was told to stop and has not. */
  sweep(): void {
    if (this.#turn.state !== 'running' || this.#turn.interruptedAtMs === undefined) return;
    if (this.#deps.clock.uptimeMs() - this.#turn.interruptedAtMs > INTERRUPT_WAIT_MS)
      this.#options.process.kill('asked');
  }

  /** Resolves when the turn is over or needs no wait any more, or after `ms`. */
  async waitUntilIdle(ms: number, needsNoWait: () => boolean = () => false): Promise<void> {
    const deadline = this.#deps.clock.uptimeMs() + ms;
    while (this.#turn.state === 'running' && !needsNoWait() && this.#deps.clock.uptimeMs() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** The process is gone that served the turn with this number: the turn goes on with another one, or ends. */
  async handleExit(exit: Exit, turnNumber: number | undefined): Promise<void> {
    if (this.#turn.state !== 'running' || this.#turn.number !== turnNumber || this.#closed) return;
    // All that is known of what it has used: it had no time to say.
    const unsettled = await this.#options.meter.take();
    const turn = { ...this.#turn, deaths: this.#turn.deaths + 1, lost: sumUsage(this.#turn.lost, unsettled) };
    this.#turn = turn;
    if (turn.interruptedAtMs !== undefined) {
      await this.#finish(turn, { before: [], outcome: 'interrupted', keepMessages: true });
    } else if (exit.error instanceof CspError && HOPELESS.has(exit.error.code)) {
      await this.#giveUp(turn, exit.error);
    } else if (turn.deaths >= MAX_DEATHS_PER_TURN) {
      const message = `The agent process ended ${turn.deaths} times in this turn: ${describeExit(exit)}. Nothing is lost; send a message to go on`;
      await this.#giveUp(turn, new CspError('process_failed', message));
    } else if (turn.deaths === 1) {
      await this.#restart(toRestart(exit));
    } else {
      const { enqueue } = this.#options;
      const delay = RESTART_DELAY_MS * turn.deaths;
      const restart = async () => {
        if (this.running?.number === turn.number) await this.#restart(toRestart(exit));
      };
      this.#restartTimer = setTimeout(() => enqueue(restart), delay);
    }
  }

  /** Takes up what a dead server left: the messages that a turn had taken, and whether it was at work. */
  async recover(): Promise<void> {
    const { session } = this.#options.record;
    const open = await this.#deps.store.queue.listOpen(session.id);
    const delivered = open.filter((message) => message.state === 'delivered');
    const wasWorking = isAtWork(session);
    const left = wasWorking ? await closeLeftWork(this.#deps.store, this.#options.record) : [];
    if (left.length > 0) await this.#options.record.append(left);
    if (delivered.length > 0 && wasWorking) {
      this.#turn = this.#toRunning(delivered.map((message) => message.eventId));
      await this.#restart(SERVER_RESTARTED);
    } else if (wasWorking) {
      const idle = { type: 'session.status_idle', stop_reason: { type: 'end_turn' }, stop_details: null } as const;
      const notice = { type: 'session.notice', level: 'info', text: CUT_BY_RESTART } as const;
      await this.#options.record.append([this.#stamp(notice), this.#stamp(idle)]);
    }
    await this.takeNextMessage();
  }

  /** From now on what waits stays where it is: the server is stopping. */
  stopTaking(): void {
    this.#takes = false;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#restartTimer);
  }

  get #sessionId(): string {
    return this.#options.record.session.id;
  }

  #toRunning(messageIds: readonly string[]): RunningTurn {
    const now = this.#deps.clock.uptimeMs();
    return {
      state: 'running',
      number: this.#number,
      startedAtMs: now,
      messageIds,
      interruptedAtMs: undefined,
      deaths: 0,
      lost: NO_TURN_USAGE,
      failed: false,
      lastActivityMs: now,
    };
  }

  async #beginStored(messageIds: readonly string[]): Promise<void> {
    const { turn, events } = this.plan(messageIds);
    await this.#options.record.append(events, {
      within: async ({ queue }) => {
        for (const id of messageIds) await queue.mark(id, { from: 'waiting', to: 'delivered' });
      },
    });
    this.begin(turn);
  }

  async #giveUp(turn: RunningTurn, error: CspError): Promise<void> {
    const before = [toExhaustedError(this.#deps.clock, error.message, error)];
    await this.#finish(turn, { before, outcome: 'failed', keepMessages: true });
  }

  async #finish(
    turn: RunningTurn,
    options: {
      before: SessionEvent[];
      outcome: 'completed' | 'interrupted' | 'failed';
      ended?: TurnEnded;
      keepMessages?: boolean;
    },
  ): Promise<void> {
    clearTimeout(this.#restartTimer);
    await this.#options.cancelApprovals();
    if (options.keepMessages === true) this.#options.delivery.doubt();
    const { before, outcome, ended } = options;
    const durationMs = this.#deps.clock.uptimeMs() - turn.startedAtMs;
    const used = sumUsage(turn.lost, ended);
    const usage = addTurnUsage(this.#options.record.session.usage, { ...used, activeMs: durationMs });
    await this.#deps.usage.flush();
    const changedFiles = ended?.changedFiles ?? [];
    const refusal = ended?.refusal ?? null;
    const end = { turn, durationMs, outcome, usage, used, changedFiles, refusal };
    const events = [...before, ...toTurnEndEvents(this.#deps.clock, end)];
    // The next turn may begin before people know that this one has ended.
    await this.#options.record.commit(events, {
      patch: { usage },
      within: async ({ queue }) => {
        if (options.keepMessages === true) return;
        for (const id of turn.messageIds) await queue.mark(id, { from: 'delivered', to: 'done' });
      },
    });
    this.#turn = { state: 'idle' };
    this.#idleSinceMs = this.#deps.clock.uptimeMs();
    await this.#options.onIdle();
    await this.takeNextMessage();
  }

  /** Starts the process again in the middle of a turn: what the agent has not received is sent, else it is told to go on. */
  async #restart(restart: Restart): Promise<void> {
    if (this.#turn.state !== 'running' || this.#closed) return;
    await this.#options.adoptTranscript();
    await this.#options.record.append([
      this.#stamp({ type: 'session.status_rescheduled' }),
      this.#stamp({ type: 'session.process_restarting', ...restart }),
    ]);
    if (await this.#options.delivery.deliverAgain(this.#turn.messageIds)) return;
    const content = await toContinuation(this.#deps.store, this.#sessionId);
    this.#options.process.send({ uuid: randomUUID(), content, synthetic: true });
  }

  #stamp(event: Parameters<SessionRecord['stamp']>[0]): SessionEvent {
    return this.#options.record.stamp(event);
  }
}
