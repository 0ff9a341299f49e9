import { pino } from 'pino';

import type { LogLevelName } from '../lib/log-levels.ts';

/** The lowest level that is logged. It changes while the server runs, for every logger of it at once. */
export interface LogLevel {
  readonly current: LogLevelName;
  /** Of the configuration: what it falls back to. */
  readonly configured: LogLevelName;
  /** Milliseconds since the epoch when it falls back; undefined where it does not. */
  readonly endsAtMs: number | undefined;
  /** Whether a line of this number of pino is logged: 20 is debug, 30 info. */
  logs(severity: number): boolean;
  /** Until the server stops, or for this time. A time that still ran is over. */
  set(level: LogLevelName, options?: { forMs?: number | undefined }): void;
  /** Back to the configured level. */
  reset(): void;
}

export function createLogLevel(configured: LogLevelName): LogLevel {
  let current = configured;
  let severity = toSeverity(current);
  let endsAtMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const set = (level: LogLevelName, { forMs }: { forMs?: number | undefined } = {}) => {
    clearTimeout(timer);
    current = level;
    severity = toSeverity(level);
    endsAtMs = forMs === undefined ? undefined : Date.now() + forMs;
    timer = forMs === undefined ? undefined : setTimeout(() => set(configured), forMs).unref();
  };

  return {
    get current() {
      return current;
    },
    configured,
    get endsAtMs() {
      return endsAtMs;
    },
    logs: (asked) => asked >= severity,
    set,
    reset: () => set(configured),
  };
}

function toSeverity(level: LogLevelName): number {
  return level === 'silent' ? Infinity : (pino.levels.values[level] ?? 0);
}
