/** How long a client has to read why its connection ends, and to close it. A frozen client never does. */
const CLOSE_TIMEOUT_MS = 1000;

/** Cuts a connection some time after its client was told to close it. The returned function cancels the cut. */
export function cutAfterCloseTimeout(cut: () => void): () => void {
  const timer = setTimeout(cut, CLOSE_TIMEOUT_MS).unref();
  return () => clearTimeout(timer);
}
