import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** What starts the program passes a signal on that a terminal or a service manager has sent to the program as well. */
const SAME_SIGNAL_MS = 500;

/**
 * Until it is disposed of, SIGINT, SIGTERM and SIGHUP abort the signal instead of ending the process. Another one, more than
 * 500 ms later, ends it.
 */
export function listenForStop(
  given: AbortSignal | undefined,
  { now = () => performance.now(), signals = process }: { now?: () => number; signals?: EventEmitter } = {},
): Disposable & { readonly signal: AbortSignal } {
  if (given !== undefined) return { signal: given, [Symbol.dispose]: () => undefined };
  const aborter = new AbortController();
  let stoppedMs: number | undefined;
  const stop = (name: NodeJS.Signals) => {
    if (stoppedMs === undefined) {
      stoppedMs = now();
      aborter.abort();
    } else if (now() - stoppedMs > SAME_SIGNAL_MS) {
      release();
      process.kill(process.pid, name);
    }
  };
  const release = () => {
    for (const name of SIGNALS) signals.off(name, stop);
  };
  for (const name of SIGNALS) signals.on(name, stop);
  return { signal: aborter.signal, [Symbol.dispose]: release };
}
