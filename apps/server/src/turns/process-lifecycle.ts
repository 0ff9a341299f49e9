import type { ProcessHibernatedEvent, SessionEvent } from '@claude-sdk-pattern/protocol';

import type { Clock, UptimeClock } from '../lib/clock.ts';
import type { SessionOrder } from './session-order.ts';
import type { SessionProcess } from './session-process.ts';
import type { SessionTurns } from './session-turns.ts';
import { stampEvent } from '../journal/stamp-event.ts';

type Reason = ProcessHibernatedEvent['reason'];

export interface ProcessLifecycleDeps {
  process: Pick<SessionProcess, 'state' | 'kill' | 'release'>;
  turns: Pick<SessionTurns, 'running' | 'idleSinceMs' | 'touch' | 'interrupt' | 'waitUntilIdle'>;
  order: Pick<SessionOrder, 'run' | 'guard' | 'tell'>;
  clock: Clock & UptimeClock;
  /** How long an idle session keeps its process. */
  idleTimeoutMs: number;
  /** How long a turn may go on without any activity of its process. */
  stallTimeoutMs: number;
  /** Whether the turn waits for people or for the model's next attempt, and so is not stalled. */
  isWaiting(): boolean;
  append(events: readonly SessionEvent[]): Promise<unknown>;
  /** Whether tasks run beside the conversation: then the session is not idle. */
  hasTasks(): boolean;
  /**
   * The session has released its process. The process is ending, and its further messages are ignored. Returns the events that
   * end what it still did.
   */
  onReleased(reason: Reason): readonly SessionEvent[];
  /** Starts a process before the next message. */
  warmUp(): void;
}

const STALLED =
  'The agent showed no activity for a long time, so the server stopped its turn. Nothing is lost. Send a message to continue.';

/** How long a turn may take to stop before its process is killed. */
const END_WAIT_MS = 3000;

export interface EndOptions {
  /** How long the turn may take to stop before its process is killed. */
  waitMs?: number;
}

/** Decides when the process of a session ends or is replaced. What can wait is done between turns. */
export class ProcessLifecycle {
  readonly #deps: ProcessLifecycleDeps;
  /** Action on the process at the end of the turn. */
  #afterTurn: { reason: Reason; restart: boolean } | undefined;

  constructor(deps: ProcessLifecycleDeps) {
    this.#deps = deps;
  }

  /** Ends the process of an idle session; false when a turn runs or there is none to end. */
  async hibernate(reason: Reason): Promise<boolean> {
    const { order, turns } = this.#deps;
    const closing = await order.run(async () => (turns.running === undefined ? this.#release(reason) : undefined));
    await closing?.ended;
    return closing !== undefined;
  }

  /** Hibernates now, or when the running turn has ended. With `restart`, a new process starts after that. */
  async hibernateWhenIdle(reason: Reason, options: { restart: boolean } = { restart: false }): Promise<void> {
    const { order, turns, warmUp } = this.#deps;
    // Decided in the session's order: a message may be on its way.
    const closing = await order.run(async () => {
      if (turns.running === undefined) return this.#release(reason);
      this.#afterTurn = { reason, ...options };
      return undefined;
    });
    await closing?.ended;
    if (closing !== undefined && options.restart) warmUp();
  }

  /** Called every few seconds: hibernates a session that has been idle for long, and stops a turn without activity. */
  sweep(): void {
    const { process, turns, order, clock, idleTimeoutMs, stallTimeoutMs, isWaiting, hasTasks } = this.#deps;
    if (process.state !== 'live') return;
    const now = clock.uptimeMs();
    const turn = turns.running;
    if (turn === undefined) {
      if (hasTasks()) {
        turns.touch();
        return;
      }
      const isIdleForLong = now - (turns.idleSinceMs ?? now) > idleTimeoutMs;
      if (isIdleForLong) void order.guard(() => this.hibernate('idle'));
      return;
    }
    if (turn.interruptedAtMs !== undefined) return;
    if (isWaiting()) {
      // A wait is not a stall, however long it takes: the stall timeout begins when the wait ends.
      turns.touch();
      return;
    }
    if (now - turn.lastActivityMs <= stallTimeoutMs) return;
    void this.#tell({ type: 'session.notice', level: 'warning', text: STALLED });
    // A process that stalled once does not get the next turn.
    this.#afterTurn ??= { reason: 'stalled', restart: false };
    turns.interrupt();
  }

  /** Replaces the process: at the end of the turn, or at once, and then the turn continues. */
  async restart(reason: 'memory' | 'requested', options: { when: 'idle' | 'now' }): Promise<void> {
    const { process, turns } = this.#deps;
    const isWorking = turns.running !== undefined;
    if (options.when === 'now' && isWorking) {
      process.kill(reason === 'memory' ? 'memory' : 'asked');
    } else await this.hibernateWhenIdle(reason, { restart: isWorking || reason === 'requested' });
  }

  /** Stops the turn and ends the process; a process that does not stop is killed. Only a message starts another. */
  async end({ waitMs = END_WAIT_MS }: EndOptions = {}): Promise<void> {
    const { process, turns } = this.#deps;
    if (turns.running === undefined) {
      await this.hibernate('requested');
      return;
    }
    this.#afterTurn = { reason: 'requested', restart: false };
    turns.interrupt();
    await turns.waitUntilIdle(waitMs);
    if (turns.running) process.kill('asked');
  }

  /** Ends or replaces the process if that was to happen at the end of the turn. Called before the next turn begins. */
  async handleIdle(): Promise<void> {
    const after = this.#afterTurn;
    this.#afterTurn = undefined;
    if (after === undefined) return;
    const closing = await this.#release(after.reason);
    if (closing === undefined) return;
    this.#deps.order.tell(() => closing.ended);
    if (after.restart) this.#deps.warmUp();
  }

  /**
   * Ends the process and announces it; only between turns. Undefined when there is none. `ended` resolves when all of
   * it is gone. It is wrapped so that the session's queue does not wait for it: the last messages of the process run
   * in that queue.
   */
  async #release(reason: Reason): Promise<{ ended: Promise<void> } | undefined> {
    if (this.#deps.process.state === 'none') return undefined;
    const ended = this.#deps.process.release();
    const { onReleased, order, clock, append } = this.#deps;
    const left = onReleased(reason);
    const hibernated = stampEvent(clock, { type: 'session.process_hibernated', reason });
    await order.guard(() => append([...left, hibernated]));
    return { ended };
  }

  #tell(event: Parameters<typeof stampEvent>[1]): Promise<void> {
    const { order, clock, append } = this.#deps;
    return order.guard(() => append([stampEvent(clock, event)]));
  }
}
