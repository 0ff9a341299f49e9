// @ts-check
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Code that `npm start` and `npm test` run before the pinned Node is installed must work on Node 18 without
// node_modules.
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const PINNED_NODE = join(ROOT, 'node_modules', 'node', 'bin', 'node');
/**
 * Where Node keeps its compiled code. It is inside node_modules, so it is deleted together with the packages it was
 * compiled from.
 */
export const COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'compiled');

/** Where `resolve-cache.mjs` keeps the files that imports lead to. */
export const RESOLVE_CACHE = join(ROOT, 'node_modules', '.cache', 'resolved.json');

/**
 * Options of Node for programs of this checkout that start faster with both caches.
 * @type {readonly string[]}
 */
export const CACHED_IMPORTS = ['compile-cache.mjs', 'resolve-cache.mjs'].flatMap((name) => [
  '--import',
  join(ROOT, 'scripts', 'setup', name),
]);

/**
 * Ends the program with one line that tells the person at the terminal what to fix.
 * @param {string} message
 * @returns {never}
 */
export function fail(message) {
  console.error(`\n✘ ${message}`);
  process.exit(1);
}
