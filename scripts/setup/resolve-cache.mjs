// @ts-check
// Loaded into a program before its own code. Remembers where imports lead, because finding that out is a quarter of the
// server's start: Node reads package.json files and asks for every path on the way, two thousand times.
//
// A path between packages is remembered for as long as nothing is installed: npm writes node_modules/.package-lock.json
// at the end of each install. Our own files import each other by their exact path, so these need no look-up at all.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { RESOLVE_CACHE, ROOT } from './root.mjs';

/** @typedef {[url: string, format?: string]} Target with the URL relative to the checkout; `require` has no format */

const CODE = /\.[cm]?js$/;
const ROOT_URL = `${pathToFileURL(ROOT).href}/`;
const installed = readInstallation();
const targets = readCache();
let added = false;

if (installed !== undefined) {
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const { parentURL, conditions } = context;
      if (!parentURL?.startsWith(ROOT_URL) || isExact(specifier)) return nextResolve(specifier, context);
      const folder = parentURL.slice(ROOT_URL.length, parentURL.lastIndexOf('/'));
      const url = findOwnFile(specifier, parentURL, folder);
      if (url !== undefined) return { url, format: 'module-typescript', shortCircuit: true };
      const key = `${conditions.includes('import') ? 'import' : 'require'} ${specifier} ${folder}`;
      const target = targets.get(key);
      if (target) return { url: ROOT_URL + target[0], format: target[1], shortCircuit: true };
      const found = nextResolve(specifier, context);
      if (mayRemember(found.url)) {
        targets.set(key, toTarget(found));
        added = true;
      }
      return found;
    },
  });
  process.once('exit', () => added && writeCache());
}

/** @param {string} specifier */
function isExact(specifier) {
  return specifier.startsWith('node:') || specifier.startsWith('file:');
}

/**
 * Undefined where Node has to look: for packages, and for a file that is not there, of which it says who imports it.
 * @param {string} specifier
 * @param {string} parentURL
 * @param {string} folder
 */
function findOwnFile(specifier, parentURL, folder) {
  if (!specifier.startsWith('.') || !specifier.endsWith('.ts') || folder.includes('node_modules')) return undefined;
  const url = new URL(specifier, parentURL).href;
  return statSync(fileURLToPath(url), { throwIfNoEntry: false }) && url;
}

/**
 * Only what an install replaces, and only code: Node loads JSON and binaries by other rules.
 * @param {string} url
 */
function mayRemember(url) {
  return url.startsWith(ROOT_URL) && url.includes('/node_modules/', ROOT_URL.length - 1) && CODE.test(url);
}

/**
 * @param {{url: string, format?: string | null | undefined}} found
 * @returns {Target}
 */
function toTarget({ url, format }) {
  const path = url.slice(ROOT_URL.length);
  return format ? [path, format] : [path];
}

/** What the cache holds for; undefined where packages were not installed by npm. */
function readInstallation() {
  const stats = statSync(join(ROOT, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false });
  return stats && `${process.version} ${stats.mtimeMs} ${stats.size} ${stats.ino}`;
}

/** @returns {Map<string, Target>} empty when there is none, or none for what is installed */
function readCache() {
  try {
    const cache = JSON.parse(readFileSync(RESOLVE_CACHE, 'utf8'));
    return new Map(cache.installed === installed ? cache.targets : []);
  } catch {
    return new Map();
  }
}

/** Without it the next start takes longer, and nothing else. */
function writeCache() {
  const draft = `${RESOLVE_CACHE}.${process.pid}`;
  try {
    mkdirSync(dirname(RESOLVE_CACHE), { recursive: true });
    writeFileSync(draft, JSON.stringify({ installed, targets: [...targets] }));
    renameSync(draft, RESOLVE_CACHE);
  } catch {}
}
