import type { ProcessHibernatedEvent } from '@claude-sdk-pattern/protocol';

import type { SerialQueue } from '../lib/serial-queue.ts';
import { RESTART_SENTENCES } from './restart-reasons.ts';
import type { SessionProcess } from './session-process.ts';
import type { SessionTurns } from './session-turns.ts';

type Reason = ProcessHibernatedEvent['reason'];

export interface ProcessTenureDeps {
  process: SessionProcess;
  turns: SessionTurns;
  /** The session's order. */
  queue: Pick<SerialQueue, 'run'>;
  /** The process is on its way out, and nothing it says counts any more: tells people. Never rejects. */
  onLetGo(reason: Reason): Promise<void>;
  /** Has a process ready ahead of the next message. */
  warmUp(): void;
  /** For work on the process whose failure is noticed elsewhere. */
  tell(action: () => Promise<void>): void;
}

/** How long a turn has to stop before its process is killed. */
const END_WAIT_MS = 3000;

/** How long a session keeps its process: lets it go, replaces it or ends it, between turns wherever that can wait. */
export class ProcessTenure {
  readonly #deps: ProcessTenureDeps;
  /** What becomes of the process when the turn has ended. */
  #afterTurn: { reason: Reason; restart: boolean } | undefined;
  /** Why we have killed the process whose end is still to come. */
  #killReason: string | undefined;

  constructor(deps: ProcessTenureDeps) {
    this.#deps = deps;
  }

  /** Ends the process of an idle session; false when a turn runs or there is none to end. */
  async hibernate(reason: Reason): Promise<boolean> {
    const { queue, turns } = this.#deps;
    const closing = await queue.run(async () => (turns.running === undefined ? this.#letGo(reason) : undefined));
    await closing?.ended;
    return closing !== undefined;
  }

  /** Hibernates now, or when the running turn has ended. With `restart` a new process is ready then. */
  async hibernateWhenIdle(reason: Reason, options: { restart: boolean } = { restart: false }): Promise<void> {
    const { queue, turns, warmUp } = this.#deps;
    // Decided in the session's order: a message may be on its way.
    const closing = await queue.run(async () => {
      if (turns.running === undefined) return this.#letGo(reason);
      this.#afterTurn = { reason, ...options };
      return undefined;
    });
    await closing?.ended;
    if (closing !== undefined && options.restart) warmUp();
  }

  /** What hung once is not trusted with the next turn. */
  distrust(): void {
    this.#afterTurn ??= { reason: 'stalled', restart: false };
  }

  /** Puts a new process in place of the one there is: at the end of the turn, or at once, and then the turn goes on. */
  async restart(reason: 'memory' | 'requested', options: { when: 'idle' | 'now' }): Promise<void> {
    const { process, turns } = this.#deps;
    const isWorking = turns.running !== undefined;
    if (options.when === 'now' && isWorking) {
      if (process.kill()) this.#killReason = RESTART_SENTENCES[reason];
    } else await this.hibernateWhenIdle(reason, { restart: isWorking || reason === 'requested' });
  }

  /** Stops the turn and ends the process; one that does not stop is killed. Nothing starts it again but a message. */
  async end(): Promise<void> {
    const { process, turns } = this.#deps;
    if (turns.running === undefined) {
      await this.hibernate('requested');
      return;
    }
    this.#afterTurn = { reason: 'requested', restart: false };
    turns.interrupt();
    await turns.waitUntilIdle(END_WAIT_MS);
    if (turns.running) process.kill();
  }

  /** Why a process that has ended was killed by us; undefined when it was not. Told once. */
  takeKillReason(): string | undefined {
    const reason = this.#killReason;
    this.#killReason = undefined;
    return reason;
  }

  /** Does what had to wait for the end of the turn, before the next one begins. */
  async handleIdle(): Promise<void> {
    const after = this.#afterTurn;
    this.#afterTurn = undefined;
    if (after === undefined) return;
    const closing = await this.#letGo(after.reason);
    if (closing === undefined) return;
    this.#deps.tell(() => closing.ended);
    if (after.restart) this.#deps.warmUp();
  }

  /**
   * Ends the process and tells it; only between turns. Undefined when there is none; `ended` is settled when all of it is
   * gone. Wrapped, so that the session's queue does not wait for it: messages that are still coming run in the queue.
   */
  async #letGo(reason: Reason): Promise<{ ended: Promise<void> } | undefined> {
    if (this.#deps.process.state === 'none') return undefined;
    this.#killReason = undefined;
    const ended = this.#deps.process.close();
    await this.#deps.onLetGo(reason);
    return { ended };
  }
}
