// @ts-check
// `npm test`: unit, integration and browser tests. Arguments go to vitest: `npm test -- packages/protocol`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensureChromium } from './setup/chromium.mjs';
import { ensureInstalled } from './setup/install.mjs';
import { PINNED_NODE, ROOT } from './setup/root.mjs';
import { toClosingLine } from './setup/test-counts.mjs';
import { ensureWebBuilt } from './setup/web-build.mjs';

const args = process.argv.slice(2);
const filters = args.filter((one) => !one.startsWith('-'));
/** @type {Record<string, string | undefined>} */
const env = { ...process.env, PATH: `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH}` };

ensureInstalled();
if (filters.length === 0 || filters.some((one) => one.includes('e2e'))) {
  env.CLAUDE_SDK_PATTERN_CHROMIUM = ensureChromium();
  ensureWebBuilt();
}

const folder = mkdtempSync(join(tmpdir(), 'csp-test-'));
const report = join(folder, 'report.json');
const vitest = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const { status } = spawnSync(
  PINNED_NODE,
  [vitest, 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
  { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] },
);
const { line, ok } = toClosingLine(readReport());
rmSync(folder, { recursive: true, force: true });
console.log(line);
process.exitCode = status === 0 && ok ? 0 : 1;

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return undefined;
  }
}
