import { CspError } from '@claude-sdk-pattern/protocol';

import { createSerialQueue } from '../lib/serial-queue.ts';
import type { Logger } from '../telemetry/logger.ts';

export interface SessionOrderDeps {
  logger: Logger;
  /** Something failed where nobody waits: the session can no longer be served here. */
  onBroken(error: unknown): void;
}

/** Everything that happens in a session, one after the other, until it is closed. */
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

  /** For what somebody asks for and waits for. @throws CspError `stopping` when the session is closed by then. */
  async command<T>(work: () => Promise<T>): Promise<T> {
    this.#commands += 1;
    try {
      return await this.#queue.run(async () => {
        if (this.#isClosed)
          throw new CspError('stopping', 'The server is stopping. Try again in a moment', { retryAfterMs: 2000 });
        return work();
      });
    } finally {
      this.#commands -= 1;
    }
  }

  /** For work of the session itself. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#queue.run(work);
  }

  /** For work that nobody waits for, in the order of the session. */
  enqueue(work: () => Promise<void>): void {
    void this.#queue.run(() => this.guard(work));
  }

  /** Never rejects: what fails where nobody waits makes the session unservable here. */
  async guard(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#isClosed) this.#deps.onBroken(error);
    }
  }

  /** For a request to the process that may be gone or going: its end is handled where it is noticed. */
  tell(action: () => Promise<void>): void {
    action().catch((error: unknown) => {
      this.#deps.logger.debug({ err: error }, 'a request to the agent process was not answered');
    });
  }

  /** From now on no command runs, and what fails is nobody's concern. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when everything that was asked for is done. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }
}
