// @ts-check
// Runs all checks of a review: `npm run check`, or some of them: `npm run check -- lint format`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled } from './setup/install.mjs';
import { fail, PINNED_NODE, ROOT } from './setup/root.mjs';

/** @type {Record<string, string[]>} */
const STEPS = {
  types: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'],
  'web-types': ['node_modules/typescript/bin/tsc', '-p', 'apps/web/tsconfig.json'],
  lint: ['node_modules/oxlint/bin/oxlint'],
  format: ['node_modules/oxfmt/bin/oxfmt', '--list-different'],
  unused: ['node_modules/knip/bin/knip.js', '--no-config-hints'],
  imports: ['scripts/check-imports.ts'],
  advisories: ['scripts/check-advisories.ts'],
};

await ensureInstalled();
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(STEPS);
let failures = 0;
for (const name of names) {
  const command = STEPS[name];
  if (!command) fail(`There is no check named ${name}; there are: ${Object.keys(STEPS).join(', ')}`);
  const started = Date.now();
  const { code, output } = await run(command);
  console.log(`${code === 0 ? '✔' : '✘'} ${name} ${((Date.now() - started) / 1000).toFixed(1)} s`);
  if (code === 0) {
    if (output.startsWith('SKIPPED: ')) console.log(output);
    continue;
  }
  failures += 1;
  console.log(output);
  if (name === 'format') console.log('Put these right with: npm run format\n');
}
process.exitCode = failures > 0 ? 1 : 0;

/**
 * @param {string[]} command
 * @returns {Promise<{code: number | null, output: string}>}
 */
function run(command) {
  return new Promise((resolve, reject) => {
    const path = `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`;
    const child = spawn(PINNED_NODE, command, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: path },
    });
    let output = '';
    const collect = (/** @type {Buffer} */ chunk) => (output += chunk.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
