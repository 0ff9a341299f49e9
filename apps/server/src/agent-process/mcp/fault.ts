/** What people can be told of a fault beside the clause that says what happened. */
export interface FaultDetails {
  /** What to do, as a sentence without its full stop. */
  remedy?: string | undefined;
  /** The last lines that a program wrote to its standard error, without secrets. */
  output?: string | undefined;
}

/** A fault in a clause for people, with what they can do. */
export class FaultError extends Error {
  override name = 'FaultError';
  readonly details: FaultDetails;

  constructor(message: string, details: FaultDetails, options?: ErrorOptions) {
    super(message, options);
    this.details = details;
  }
}
