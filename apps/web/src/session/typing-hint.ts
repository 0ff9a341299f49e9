/** Shorter than the five seconds for which the server shows that somebody writes. */
const INTERVAL_MS = 3000;

/** Returns a function to call at every key, which calls `tell` at most every three seconds. */
export function createTypingHint(tell: () => void, now: () => number): () => void {
  let toldAt = -Infinity;
  return () => {
    if (now() - toldAt < INTERVAL_MS) return;
    toldAt = now();
    tell();
  };
}
