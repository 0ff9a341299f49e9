/** Silence is borne so many times longer, doubled with each connection that fell silent after it had brought something. */
const MAX_PATIENCE = 16;
/** What outlived so much time, in which it would have been given up once, is as quick as any. */
const PATIENT_FOR_MS = 5_000;

/**
 * How many times as long silence is borne on this line. A large frame on a slow line looks like silence, and the next
 * connection would begin it anew, for ever.
 */
export interface Patience {
  readonly factor: number;
  /** Something came, so long after the connection was opened. */
  heard: (openForMs: number) => void;
  /** A connection has ended; `fellSilent` where it had brought something and then nothing more. */
  ended: (fellSilent: boolean) => void;
}

export function createPatience(): Patience {
  let factor = 1;
  return {
    get factor() {
      return factor;
    },
    heard(openForMs) {
      if (openForMs > PATIENT_FOR_MS * factor) factor = 1;
    },
    ended(fellSilent) {
      factor = fellSilent ? Math.min(factor * 2, MAX_PATIENCE) : 1;
    },
  };
}
