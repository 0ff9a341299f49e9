import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A part of the bench in its own process, so that it shares no event loop with what is measured. */
export interface Part<Ready> extends AsyncDisposable {
  /** The message that the part sent when it was ready. */
  readonly ready: Ready;
  /** Resolves when the part has ended, on its own or by disposal. */
  readonly ended: Promise<unknown>;
}

const READY_TIMEOUT_MS = 30_000;

/**
 * Forks a file of the bench's root folder that calls `servePart`. The options are sent as JSON.
 * @throws Error if the part ends before it is ready, or is not ready within 30 seconds.
 */
export async function startPart<Ready>(file: string, options: object = {}): Promise<Part<Ready>> {
  const path = join(import.meta.dirname, '..', '..', file);
  const child = fork(path, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(child, 'exit');
  try {
    return { ready: await waitUntilReady<Ready>(child, file), ended, [Symbol.asyncDispose]: () => end(child) };
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function waitUntilReady<Ready>(child: ChildProcess, file: string): Promise<Ready> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`${file} was not ready in time`)), READY_TIMEOUT_MS);
  const { signal } = abort;
  try {
    const ended = once(child, 'exit', { signal }).then(() => {
      throw new Error(`${file} ended before it was ready`);
    });
    const [ready] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Ready];
    return ready;
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
