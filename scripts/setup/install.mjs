// @ts-check
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, PINNED_NODE, ROOT } from './root.mjs';

const INSTALL_FLAGS = ['--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];

/** Installs the dependencies when they are not what package-lock.json says, and makes sure that the pinned Node runs. */
export function ensureInstalled() {
  if (!isInstalled(ROOT)) {
    console.log('Installing dependencies, once (about a minute) …');
    const { status } = npm(['ci', ...INSTALL_FLAGS]);
    if (status !== 0) fail('npm ci failed, see above. It needs npm 9 or later and a way to the npm registry.');
  }
  if (!runsPinnedNode()) {
    // An npm that was told to skip install scripts leaves the `node` package without its binary.
    npm(['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
    if (!runsPinnedNode()) {
      fail(
        `The pinned Node does not run (${PINNED_NODE}). Allow its install script and try: npm rebuild node --ignore-scripts=false`,
      );
    }
  }
}

/**
 * True when node_modules holds every required package in the version of package-lock.json. npm writes
 * node_modules/.package-lock.json as the last act of an install, so one that was cut off counts as none.
 * @param {string} root
 * @returns {boolean}
 */
export function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    // Only what is for this platform is installed of the optional ones.
    if (!path.includes('node_modules/') || entry.optional || entry.devOptional) return true;
    const found = present[path];
    return found !== undefined && found.version === entry.version && found.resolved === entry.resolved;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, {version?: string, resolved?: string, optional?: boolean, devOptional?: boolean}> | undefined}
 */
function readPackages(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function runsPinnedNode() {
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).devDependencies.node;
  const { stdout } = spawnSync(PINNED_NODE, ['--version'], { encoding: 'utf8' });
  return stdout?.trim() === `v${wanted}`;
}

/** @param {string[]} args */
function npm(args) {
  return spawnSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
}
