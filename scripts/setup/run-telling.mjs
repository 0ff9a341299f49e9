// @ts-check
import { spawn } from 'node:child_process';

const TELL_EVERY_MS = 15_000;

/**
 * Runs a program that may say nothing for minutes, and says now and then how far it is. Resolves to its exit code, null
 * where a signal ended it or it could not be started.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd: string, tell: () => string, everyMs?: number, log?: (line: string) => void}} options
 * @returns {Promise<number | null>}
 */
export async function runTelling(command, args, { cwd, tell, everyMs = TELL_EVERY_MS, log = console.log }) {
  const startedAt = Date.now();
  const timer = setInterval(() => {
    log(`  … ${tell()}, after ${Math.round((Date.now() - startedAt) / 1000)} s`);
  }, everyMs);
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve) => {
    const end = (/** @type {number | null} */ code) => {
      clearInterval(timer);
      resolve(code);
    };
    child.once('error', () => end(null));
    child.once('exit', end);
  });
}
