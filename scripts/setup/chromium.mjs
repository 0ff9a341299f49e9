// @ts-check
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fail } from './root.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
/** Debian's package, and its program. Not every release has it. */
const SHELL = 'chromium-headless-shell';
const MAC_APP = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/**
 * Finds a Chromium or, as root on Debian, installs one. If neither is possible, it ends the program and prints a
 * remedy.
 * @returns {string} the path of its executable
 */
export function ensureChromium() {
  const found = findChromium(process.env);
  if (found) return found;
  const apt = findOnPath('apt-get', process.env.PATH);
  if (apt && process.getuid?.() === 0) {
    console.log('Installing Chromium for the browser tests …');
    runApt(apt, ['update', '-qq']);
    runApt(apt, ['install', '-y', '-qq', '--no-install-recommends', 'chromium']);
    runApt(apt, ['install', '-y', '-qq', '--no-install-recommends', SHELL]);
    const installed = findChromium(process.env);
    if (installed) return installed;
  }
  return fail(
    'The browser tests need Chromium: install it (Debian: apt-get install chromium) or name one in CLAUDE_SDK_PATTERN_CHROMIUM.',
  );
}

/**
 * @param {string} apt
 * @param {string[]} args
 */
function runApt(apt, args) {
  spawnSync(apt, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

/**
 * @param {Record<string, string | undefined>} env
 * @returns {string | undefined}
 */
export function findChromium(env) {
  const named = env.CLAUDE_SDK_PATTERN_CHROMIUM;
  if (named) {
    if (isExecutable(named)) return named;
    fail(`CLAUDE_SDK_PATTERN_CHROMIUM names ${named}, which cannot be run.`);
  }
  for (const name of NAMES) {
    const path = findOnPath(name, env.PATH);
    if (path) return path;
  }
  return isExecutable(MAC_APP) ? MAC_APP : undefined;
}

/**
 * Finds a Chromium without the browser around its pages, which has no notifications; a page costs a third less processor
 * time (156, measured). Where there is none, or a Chromium is named, it is that of `findChromium`.
 * @param {Record<string, string | undefined>} env
 * @returns {string | undefined}
 */
export function findBareChromium(env) {
  return (env.CLAUDE_SDK_PATTERN_CHROMIUM ? undefined : findOnPath(SHELL, env.PATH)) ?? findChromium(env);
}

/**
 * @param {string} name
 * @param {string} [searchPath]
 */
function findOnPath(name, searchPath = '') {
  return searchPath
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
