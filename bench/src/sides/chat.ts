/** The times of a turn, in milliseconds after its message was sent. */
export interface TurnTiming {
  /** The first text of the answer arrived. */
  firstTextMs: number;
  /** The turn was complete: the agent waits for the next message. */
  completedMs: number;
  /** The message itself came back as a stored event, on sides that have such events. */
  echoedMs?: number | undefined;
}

/** A conversation on one side of the comparison. Turns run one at a time. */
export interface Chat extends AsyncDisposable {
  /**
   * Sends a message and resolves when its turn is complete. @throws Error if the turn fails or takes over 60 seconds.
   */
  say: (text: string) => Promise<TurnTiming>;
}
