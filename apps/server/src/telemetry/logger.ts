import { pino, type DestinationStream, type Logger } from 'pino';

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

/** Creates the logger: JSON lines on standard error, so that standard output stays for people. */
export function createLogger(options: {
  level: string;
  destination?: DestinationStream;
  /** Hides in a finished line what no log may have. */
  hide?: (line: string) => string;
}): Logger {
  return pino(
    {
      level: options.level,
      base: { service: 'csp' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      ...(options.hide && { hooks: { streamWrite: options.hide } }),
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    },
    options.destination ?? pino.destination({ dest: 2, sync: false }),
  );
}
