import { CspError } from '@claude-sdk-pattern/protocol';

import { createSerialQueue } from '../lib/serial-queue.ts';
import { correlate, correlateAnew, type Correlation } from '../telemetry/correlation.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface SessionOrderDeps {
  /** What all of it belongs to. */
  correlation(): Correlation;
  logger: Logger;
  /** Work that nobody waits for has failed: the session must be evicted from memory. */
  onBroken(error: unknown): void;
}

/** Runs everything that happens in a session, one after the other, until it is closed. */
export class SessionOrder {
  readonly #deps: SessionOrderDeps;
  readonly #queue = createSerialQueue();
  #isClosed = false;
  /** Commands that wait or run. */
  #commands = 0;

  constructor(deps: SessionOrderDeps) {
    this.#deps = deps;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get hasCommands(): boolean {
    return this.#commands > 0;
  }

  /**
   * For work that a caller waits for.
   * @throws CspError `stopping` when the session is closed by then.
   */
  async command<T>(work: () => Promise<T>): Promise<T> {
    this.#commands += 1;
    try {
      return await this.#queue.run(() =>
        correlate(this.#deps.correlation(), async () => {
          if (this.#isClosed)
            throw new CspError('stopping', 'The server is stopping. Try again in a moment', { retryAfterMs: 2000 });
          return work();
        }),
      );
    } finally {
      this.#commands -= 1;
    }
  }

  /** For work of the session itself. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(() => correlateAnew(this.#deps.correlation(), work));
  }

  /** For work of the session itself that nobody waits for. */
  enqueue(work: () => Promise<void>): void {
    void this.run(() => this.guard(work));
  }

  /** Never rejects: a failure that nobody waits for goes to `onBroken`. */
  async guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#isClosed) this.#deps.onBroken(error);
    }
  }

  /** For a request to a process that may have ended: `onExit` handles its end. */
  tell(action: () => Promise<void>): void {
    action().catch((error: unknown) => {
      this.#deps.logger.debug({ err: error }, 'a request to the agent process was not answered');
    });
  }

  /** From now on no command runs, and failures are ignored. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when all work requested so far is done. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }
}
