/** The largest factor. The factor doubles with each connection that fell silent after it had brought something. */
const MAX_PATIENCE = 16;
/** A connection that lived this long, and would once have counted as lost, resets the factor. */
const PATIENT_FOR_MS = 5_000;

/**
 * By how much the times of silence are multiplied. A large frame on a slow network looks like silence, and the next
 * connection would begin it again, without end.
 */
export interface Patience {
  readonly factor: number;
  /** Something came, this long after the connection was opened. */
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
