// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { CACHED_IMPORTS, PINNED_NODE } from './root.mjs';

/**
 * Runs a program on the pinned Node in this terminal, and exits with its exit code.
 * @param {string} name of the program, for people
 * @param {string[]} command the program's file and its arguments
 */
export function runPinned(name, command) {
  const child = spawn(PINNED_NODE, [...CACHED_IMPORTS, ...command], { stdio: 'inherit' });

  // The terminal sends Ctrl-C to the program as well, which decides what to do.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`✘ ${name} could not be run: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
  });
}
