import { toFailedStart, type Exit, type ExitCause } from '../hosts/exit.ts';

/** What is known about the end of a process that was not closed. */
export interface EndOfProcess {
  /** Of the host; undefined where the process was never started. */
  exit: Exit | undefined;
  /** What the SDK threw. */
  thrown: unknown;
  /** The cause for which the platform killed it. */
  killCause: ExitCause | undefined;
  /** The error for which it was killed. */
  failure: Error | undefined;
}

/** The exit of a process that was not closed. Pure. */
export function toExit({ exit, thrown, killCause, failure }: EndOfProcess): Exit {
  if (exit === undefined) return toFailedStart(failure ?? thrown);
  // `asked` means here that the SDK gave the process up, and `end` ended it.
  const cause = killCause ?? (exit.cause === 'asked' ? 'died' : exit.cause);
  // For a process that ended by itself, the SDK throws an error that says nothing else.
  const endedByItself = exit.cause === 'died' || exit.cause === 'host_lost' || killCause !== undefined;
  const error = failure ?? (endedByItself ? undefined : thrown) ?? exit.error;
  return { ...exit, cause, ...(error !== undefined && { error }) };
}
