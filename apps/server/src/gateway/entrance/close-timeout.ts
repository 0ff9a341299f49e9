/** How long a client may read why its connection ends. A frozen client, or one without a network, never reads it. */
const FAREWELL_MS = 1000;

/** Cuts a connection that was told to end. Call the returned function when the connection has closed by itself. */
export function cutAfterFarewell(cut: () => void): () => void {
  const timer = setTimeout(cut, FAREWELL_MS).unref();
  return () => clearTimeout(timer);
}
