/** Waiting calls beyond this are refused. */
const MAX_WAITING = 100;

/** Bounds how many calls run at the same time. Others wait, first come first served. */
export class CallSlots {
  readonly #max: number;
  #used = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** Resolves when the call may run; it gives the slot back by disposing. Rejects when the signal aborts, or too many wait. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#used < this.#max) this.#used += 1;
    else await this.#wait(signal);
    return { [Symbol.dispose]: () => this.#giveBack() };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) throw new Error('Too many calls of this plugin wait already');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      const index = this.#waiting.indexOf(resolve);
      if (index !== -1) this.#waiting.splice(index, 1);
      reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.push(resolve);
    await promise;
    signal.removeEventListener('abort', onAbort);
  }

  /** The next one that waits takes it over. */
  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#used -= 1;
    else next();
  }
}
