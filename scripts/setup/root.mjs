// @ts-check
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Everything that `npm start` and `npm test` run before the pinned Node is there must work on Node 18 without node_modules.
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const PINNED_NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
/** Where Node keeps what it has compiled. It goes with the packages that it was made from. */
export const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'compiled');

/**
 * Ends the program with one clear line, for what the person at the terminal has to put right.
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  console.error(`\n✘ ${message}`);
  process.exit(1);
}
