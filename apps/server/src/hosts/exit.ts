/**
 * Why a process is gone: somebody had it ended (`asked`), it held more memory than it may, it ended by itself or was
 * killed from outside (`died`), its program could not be started, or the host that ran it cannot be reached any more.
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

/** The end of what nobody wanted any more before it was there. */
export const NEVER_STARTED: Exit = { cause: 'asked', code: null, signal: null, afterMs: 0, stderrTail: '' };

/** So much of the end of standard error is kept, to say why a process ended. */
export const MAX_STDERR_CHARS = 500;
