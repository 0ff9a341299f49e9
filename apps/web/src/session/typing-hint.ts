/** Shorter than the five seconds for which the server shows that somebody writes. */
const INTERVAL_MS = 3000;

/**
 * Returns a function to call at every key, with whether there is text. It calls `tell` with true at most every three seconds,
 * and with false once the text is gone.
 */
export function createTypingHint(tell: (typing: boolean) => void, now: () => number): (hasText: boolean) => void {
  let toldAt = -Infinity;
  return (hasText) => {
    if (!hasText) {
      if (toldAt > -Infinity) tell(false);
      toldAt = -Infinity;
      return;
    }
    if (now() - toldAt < INTERVAL_MS) return;
    toldAt = now();
    tell(true);
  };
}
