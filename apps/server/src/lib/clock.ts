/** The time of day, passed in so that tests can choose it. For what people read; it may be set back or forth at any moment. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** For durations. */
export interface UptimeClock {
  /**
   * Milliseconds that this server has run, since an arbitrary moment. Nobody can set this clock. It stops while the
   * server is suspended (SIGSTOP, a frozen container, a sleeping machine).
   */
  uptimeMs(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

export interface RunningUptimeClock extends UptimeClock {
  close(): void;
}

const TICK_MS = 500;
/** Nobody has run when a tick is late by more than this; a busy event loop is late by less. */
const LATEST_TICK_MS = 2000;

/** @param readMs Milliseconds that never go back; also those of a suspension, which are taken out. */
export function createUptimeClock(readMs: () => number = () => performance.now()): RunningUptimeClock {
  let lastMs = readMs();
  let uptimeMs = 0;
  const read = () => {
    const nowMs = readMs();
    const passedMs = nowMs - lastMs;
    lastMs = nowMs;
    uptimeMs += passedMs > LATEST_TICK_MS ? TICK_MS : passedMs;
    return uptimeMs;
  };
  const timer = setInterval(read, TICK_MS).unref();
  return { uptimeMs: read, close: () => clearInterval(timer) };
}
