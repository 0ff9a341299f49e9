/** How long a client has to read why its connection ends. One that is frozen, or whose line is dead, never does. */
const FAREWELL_MS = 1000;

/** Cuts a connection that was told to end. Returns how to call that off, once the connection is gone. */
export function cutAfterFarewell(cut: () => void): () => void {
  const timer = setTimeout(cut, FAREWELL_MS).unref();
  return () => clearTimeout(timer);
}
