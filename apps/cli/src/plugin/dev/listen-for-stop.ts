/** Until it is disposed of, SIGINT and SIGTERM abort the signal instead of ending the process. A second one ends it. */
export function listenForStop(given: AbortSignal | undefined): Disposable & { readonly signal: AbortSignal } {
  if (given !== undefined) return { signal: given, [Symbol.dispose]: () => undefined };
  const aborter = new AbortController();
  const stop = () => {
    release();
    aborter.abort();
  };
  const release = () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { signal: aborter.signal, [Symbol.dispose]: release };
}
