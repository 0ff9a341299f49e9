// @ts-check
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { PINNED_NODE } from './root.mjs';

/**
 * Runs a program on the pinned Node at this terminal, and ends as it ends.
 * @param {string} name of the program, for people
 * @param {string[]} command the program's file and its arguments
 */
export function runPinned(name, command) {
  const child = spawn(PINNED_NODE, command, { stdio: 'inherit' });

  // A terminal's Ctrl-C reaches the program by itself, and what it means there is for the program to decide.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('error', (error) => {
    console.error(`✘ ${name} could not be run: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1);
  });
}
