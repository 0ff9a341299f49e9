import { pino, type DestinationStream, type Logger } from 'pino';

import type { LogLevelName } from '../lib/log-levels.ts';
import { findCorrelation, toLogFields } from './correlation.ts';
import { createLogLevel, type LogLevel } from './log-level.ts';

export type { Logger } from 'pino';

/** Headers and fields whose values never reach a log. */
const SECRET_PATHS = [
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["x-api-key"]',
  'res.headers["set-cookie"]',
  '*.apiKey',
  '*.token',
  '*.password',
  'apiKey',
  'token',
  'password',
];

/**
 * Creates the logger: JSON lines on standard error, so that standard output stays for people. Each line has the ids of what
 * the work belongs to that logs it.
 */
export function createLogger(options: {
  level: LogLevelName | LogLevel;
  destination?: DestinationStream;
  /** Hides in a finished line what no log may have. */
  hide?: (line: string) => string;
}): Logger {
  const level = typeof options.level === 'string' ? createLogLevel(options.level) : options.level;
  return pino(
    {
      // `logMethod` decides: a child keeps the level that its parent had when it was made.
      level: 'trace',
      base: { service: 'csp' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: (_fields, _level, logger) => toMissing(logger),
      hooks: {
        logMethod(args, method, severity) {
          if (level.logs(severity)) method.apply(this, args);
        },
        ...(options.hide && { streamWrite: options.hide }),
      },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    },
    options.destination ?? pino.destination({ dest: 2, sync: false }),
  );
}

/** What the logger itself does not say yet: pino would write the field twice. */
function toMissing(logger: Logger): Record<string, unknown> {
  const correlation = findCorrelation();
  if (correlation === undefined) return {};
  const bound = logger.bindings();
  return Object.fromEntries(Object.entries(toLogFields(correlation)).filter(([name]) => !Object.hasOwn(bound, name)));
}
