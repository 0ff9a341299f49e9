// @ts-check
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, PINNED_NODE, ROOT } from './root.mjs';

const WEB = join(ROOT, 'apps', 'web');
const STAMP = join(ROOT, 'node_modules', '.cache', 'claude-sdk-pattern', 'web-build');
const INPUTS = ['apps/web', 'packages/protocol/src', 'packages/client/src', 'package-lock.json', 'tsconfig.base.json'];
const SKIPPED = new Set(['node_modules', 'dist', 'test']);

/** Builds the web app if there is no build, or if its sources have changed since the last build. */
export function ensureWebBuilt() {
  const hash = hashFiles(INPUTS.map((one) => join(ROOT, one)));
  if (existsSync(join(WEB, 'dist', 'index.html')) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return;
  console.log('Building the web app, half a minute or more; again only when it changes …');
  const { status } = spawnSync(
    PINNED_NODE,
    [join(ROOT, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'error'],
    {
      cwd: WEB,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  if (status !== 0) fail('The web app does not build, see above.');
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, hash);
}

/**
 * One hash over the names and contents of files and, without test files, whole folders.
 * @param {string[]} paths
 * @returns {string}
 */
export function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(listFiles)) hash.update(file).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function listFiles(path) {
  if (!existsSync(path)) return [];
  /** @type {import('node:fs').Dirent[]} */
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch {
    return [path];
  }
  return entries
    .filter(({ name }) => !SKIPPED.has(name) && !/\.test\.tsx?$/.test(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1)) // oxlint-disable-line unicorn/no-array-sort -- Node 18 has no toSorted
    .flatMap((entry) => (entry.isDirectory() ? listFiles(join(path, entry.name)) : [join(path, entry.name)]));
}
