import type { Logger } from './telemetry/logger.ts';
import type { LogLevel } from './telemetry/log-level.ts';

/** As long as an operator looks at something. */
const DEBUG_MS = 10 * 60 * 1000;

/** At SIGUSR2 more is logged for ten minutes, and at the next one as much as configured again. For when no request is answered. */
export function changeLevelOnSignal(logLevel: LogLevel, logger: Pick<Logger, 'warn'>): void {
  process.on('SIGUSR2', () => {
    if (logLevel.endsAtMs === undefined) logLevel.set('debug', { forMs: DEBUG_MS });
    else logLevel.reset();
    logger.warn({ level: logLevel.current, ends_at_ms: logLevel.endsAtMs }, 'a signal changed the level of the log');
  });
}
