/**
 * Why a process ended: the server ended it (`asked`), it used too much memory, it ended by itself or was killed from
 * outside (`died`), its program could not be started, or its host cannot be reached any more.
 */
export type ExitCause = 'asked' | 'memory' | 'died' | 'start_failed' | 'host_lost';

/** How a process ended, as facts. Sentences are made of them where people read them. */
export interface Exit {
  cause: ExitCause;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** From its start to its end. */
  afterMs: number;
  /** The last that it wrote to its standard error, at most `MAX_STDERR_CHARS`. */
  stderrTail: string;
  /** The error that was thrown, if it says more. */
  error?: unknown;
}

/** The end of what was never there: it could not be made or started. */
export function toFailedStart(error: unknown): Exit {
  return { ...NEVER_STARTED, cause: 'start_failed', error };
}

/** The exit of a process that was closed before it started. */
export const NEVER_STARTED: Exit = { cause: 'asked', code: null, signal: null, afterMs: 0, stderrTail: '' };

/** How many characters of the end of standard error are kept, to explain an exit. */
export const MAX_STDERR_CHARS = 500;
