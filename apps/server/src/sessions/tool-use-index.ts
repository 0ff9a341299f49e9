/**
 * Finds the event of a tool call by the CLI's id of it. The CLI may ask for permission before its message with the call
 * has been translated, so whoever asks waits.
 */
export class ToolUseIndex {
  readonly #eventIds = new Map<string, string>();
  readonly #waiting = new Map<string, PromiseWithResolvers<string>>();

  set(toolUseId: string, eventId: string): void {
    this.#eventIds.set(toolUseId, eventId);
    this.#waiting.get(toolUseId)?.resolve(eventId);
    this.#waiting.delete(toolUseId);
  }

  /** Rejects when the signal aborts first. */
  async waitFor(toolUseId: string, signal: AbortSignal): Promise<string> {
    const known = this.#eventIds.get(toolUseId);
    if (known !== undefined) return known;
    const deferred = this.#waiting.get(toolUseId) ?? Promise.withResolvers<string>();
    this.#waiting.set(toolUseId, deferred);
    const aborted = () => deferred.reject(new Error(`The tool call ${toolUseId} was given up before it was announced`));
    signal.addEventListener('abort', aborted, { once: true });
    try {
      return await deferred.promise;
    } finally {
      signal.removeEventListener('abort', aborted);
    }
  }

  clear(): void {
    this.#eventIds.clear();
    for (const deferred of this.#waiting.values()) deferred.reject(new Error('The turn ended'));
    this.#waiting.clear();
  }
}
