/**
 * Finds the event of a tool call by the CLI's id of the call. The CLI may ask for permission before its message with
 * the call has been translated, so `waitFor` waits for the event.
 */
export class ToolUseIndex {
  readonly #eventIds = new Map<string, string>();
  readonly #waiting = new Map<string, Set<PromiseWithResolvers<string>>>();

  set(toolUseId: string, eventId: string): void {
    this.#eventIds.set(toolUseId, eventId);
    for (const waiter of this.#waiting.get(toolUseId) ?? []) waiter.resolve(eventId);
    this.#waiting.delete(toolUseId);
  }

  /** Rejects when the signal aborts first, and when the turn ends. */
  async waitFor(toolUseId: string, signal: AbortSignal): Promise<string> {
    const known = this.#eventIds.get(toolUseId);
    if (known !== undefined) return known;
    const waiter = Promise.withResolvers<string>();
    const giveUp = () => {
      this.#waiting.get(toolUseId)?.delete(waiter);
      waiter.reject(new Error(`The tool call ${toolUseId} was given up before it was announced`));
    };
    if (signal.aborted) giveUp();
    else this.#waiting.set(toolUseId, (this.#waiting.get(toolUseId) ?? new Set()).add(waiter));
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await waiter.promise;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  clear(): void {
    this.#eventIds.clear();
    for (const waiters of this.#waiting.values()) {
      for (const waiter of waiters) waiter.reject(new Error('The turn ended'));
    }
    this.#waiting.clear();
  }
}
