import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { finished } from 'node:stream/promises';

import type { UptimeClock } from '../lib/clock.ts';
import { createMaskedTail } from '../lib/masked-tail.ts';
import { resolvesWithin } from '../lib/within.ts';
import type { Logger } from '../telemetry/logger.ts';
import { endMarkedProcesses } from './end-marked-processes.ts';
import { MAX_STDERR_CHARS, type Exit, type ExitCause } from './exit.ts';
import type { HostedProcess } from './host.ts';
import { readPaced } from './read-paced.ts';
import type { TerminalInput } from './terminal/terminal-frames.ts';
import { killGroup, terminate, type TerminationTimes } from './terminate.ts';

export interface LocalProcessOptions {
  id: string;
  /** Marker in the environment of the process and its descendants. */
  marker: string;
  clock: UptimeClock;
  logger: Logger;
  times?: TerminationTimes | undefined;
  onStderr?: ((text: string) => void) | undefined;
  mask?: ((text: string) => string) | undefined;
  /** Whether all that it started ends with it: the launcher gives it a PID namespace. */
  endsTogether: boolean;
  /** Of one that runs on a terminal. */
  input?: TerminalInput | undefined;
}

/** The rest of standard error arrives at once, unless another process holds it open. */
const STDERR_WAIT_MS = 500;

export interface LocalProcess extends HostedProcess {
  /** Kills the process and its children because they use too much memory. */
  killForMemory(): void;
}

/** A child process of the server, with its ladder. */
export function createLocalProcess(
  child: ChildProcessWithoutNullStreams,
  { id, marker, clock, logger, times, onStderr, mask = (text) => text, endsTogether, input }: LocalProcessOptions,
): LocalProcess {
  const startedAtMs = clock.uptimeMs();
  const gone = Promise.withResolvers<Omit<Exit, 'stderrTail'>>();
  let isGone = false;
  let causeHere: ExitCause | undefined;
  const tail = createMaskedTail(mask, MAX_STDERR_CHARS);
  let ending: Promise<Exit> | undefined;

  const settle = (facts: Pick<Exit, 'cause' | 'code' | 'signal' | 'error'>) => {
    isGone = true;
    gone.resolve({ ...facts, afterMs: Math.round(clock.uptimeMs() - startedAtMs) });
  };
  child.once('exit', (code, signal) => settle({ cause: causeHere ?? 'died', code, signal }));
  child.on('error', (error) => {
    if (child.pid === undefined) settle({ cause: 'start_failed', code: null, signal: null, error });
  });
  // A full pipe would stop the process.
  const readRest = readPaced(child.stderr, (text) => {
    tail.add(text);
    onStderr?.(text);
  });

  const kill = (cause: ExitCause) => {
    if (!isGone) causeHere ??= cause;
    try {
      killGroup(child);
    } catch (error) {
      logger.error({ err: error, process_id: id }, 'a process could not be killed');
    }
    return true;
  };

  const end = async (): Promise<Exit> => {
    if (!isGone) causeHere ??= 'asked';
    try {
      await terminate(child, times);
    } catch (error) {
      logger.error({ err: error, process_id: id }, 'a process did not end by the ladder');
      kill('asked');
    }
    const facts = await gone.promise;
    readRest();
    try {
      // Tools may have started processes in sessions of their own: the marker finds them. A namespace that ended by itself has none;
      // one that was killed takes a moment.
      if (!endsTogether || facts.signal !== null) await endMarkedProcesses(marker);
    } catch (error) {
      logger.error({ err: error, process_id: id }, 'what a process left running could not be looked for');
    }
    await resolvesWithin(
      finished(child.stderr, { cleanup: true }).catch(() => undefined),
      STDERR_WAIT_MS,
    );
    child.stdout.destroy();
    child.stderr.destroy();
    return { ...facts, stderrTail: tail.text };
  };

  return {
    id,
    ...(input && { resize: (size) => input.resize(size) }),
    stdin: input?.stdin ?? child.stdin,
    stdout: child.stdout,
    get killed() {
      return child.killed;
    },
    get exitCode() {
      return child.exitCode;
    },
    get signalCode() {
      return child.signalCode;
    },
    on: child.on.bind(child),
    once: child.once.bind(child),
    off: child.off.bind(child),
    end() {
      ending ??= end();
      return ending;
    },
    kill: (signal) => (signal === undefined ? kill('asked') : child.kill(signal)),
    killForMemory: () => void kill('memory'),
  };
}
