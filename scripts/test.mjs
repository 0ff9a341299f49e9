// @ts-check
// `npm test`: runs unit, integration and browser tests. Arguments go to vitest: `npm test -- packages/protocol`. With
// `--second-try`, as in CI, failed tests run once more on their own; a test that passes then is listed as flaky.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { ensureChromium } from './setup/chromium.mjs';
import { ensureInstalled } from './setup/install.mjs';
import { COMPILE_CACHE, PINNED_NODE, ROOT } from './setup/root.mjs';
import {
  findFailed,
  hasPassed,
  MOST_SECOND_TRIES,
  toSecondTryArguments,
  withSecondTries,
} from './setup/second-try.mjs';
import { toClosingLine } from './setup/test-counts.mjs';
import { ensureWebBuilt } from './setup/web-build.mjs';

const SECOND_TRY = '--second-try';
const VITEST = join(ROOT, 'node_modules', 'vitest', 'vitest.mjs');
const QUESTIONS = new Set(['--help', '-h', '--version', '-v']);
const args = process.argv.slice(2).filter((one) => one !== SECOND_TRY);
const filters = args.filter((one) => !one.startsWith('-'));
/** @type {Record<string, string | undefined>} */
const env = {
  ...process.env,
  PATH: `${join(ROOT, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
  NODE_COMPILE_CACHE: COMPILE_CACHE,
};

await ensureInstalled();
const questions = args.filter((one) => QUESTIONS.has(one));
if (questions.length > 0) {
  // Without the command `run`, which ignores `--version`.
  process.exit(spawnSync(PINNED_NODE, [VITEST, ...questions], { cwd: ROOT, env, stdio: 'inherit' }).status ?? 1);
}
if (filters.length === 0 || filters.some((one) => one.includes('e2e'))) {
  ensureChromium();
  ensureWebBuilt();
}

const first = runVitest(args);
const failed = findFailed(first.report);
let { status, report } = first;
// An error outside of any test fails the run: there is no test that could be run again.
if (report && failed.length > 0 && !first.unhandledErrors && process.argv.includes(SECOND_TRY)) {
  const left = tryAgain(report, failed);
  report = left.report;
  if (left.flaky.length > 0 && findFailed(report).length === 0) status = 0;
  for (const name of left.flaky) console.log(`flaky: ${name} (failed, then passed alone: a defect to mend)`);
}
const { line, ok } = toClosingLine(report);
console.log(line);
process.exitCode = status === 0 && ok ? 0 : 1;

/**
 * Runs what failed once more, a file at a time.
 * @param {import('./setup/second-try.mjs').Report} firstReport
 * @param {import('./setup/second-try.mjs').FailedFile[]} failedFiles
 */
function tryAgain(firstReport, failedFiles) {
  const count = failedFiles.reduce((sum, one) => sum + Math.max(1, one.tests.length), 0);
  if (count > MOST_SECOND_TRIES) {
    console.log(`No second try: ${count} failures are more than ${MOST_SECOND_TRIES}.`);
    return { report: firstReport, flaky: [] };
  }
  const passed = failedFiles.filter((one) => {
    console.log(`Second try, alone: ${relative(ROOT, one.file)}`);
    const second = runVitest(toSecondTryArguments(one));
    return second.status === 0 && hasPassed(one, second.report);
  });
  return {
    report: withSecondTries(
      firstReport,
      passed.map((one) => one.file),
    ),
    flaky: passed.flatMap(({ file, tests }) => {
      const path = relative(ROOT, file);
      return tests.length > 0 ? tests.map((name) => `${path} > ${name}`) : [path];
    }),
  };
}

/**
 * @param {string[]} vitestArguments
 * @returns {{status: number | null, report: import('./setup/second-try.mjs').Report | undefined, unhandledErrors: boolean}}
 *   no report when vitest itself broke
 */
function runVitest(vitestArguments) {
  const folder = mkdtempSync(join(tmpdir(), 'csp-test-'));
  const reportPath = join(folder, 'report.json');
  const unhandledPath = join(folder, 'unhandled-errors');
  const unhandledReporter = join(ROOT, 'scripts', 'setup', 'unhandled-errors.mjs');
  const reporters = ['default', 'json', unhandledReporter].map((one) => `--reporter=${one}`);
  try {
    const run = spawnSync(
      PINNED_NODE,
      [VITEST, 'run', ...reporters, `--outputFile.json=${reportPath}`, ...vitestArguments],
      {
        cwd: ROOT,
        env: { ...env, CSP_UNHANDLED_ERRORS_FILE: unhandledPath },
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    return { status: run.status, report: readReport(reportPath), unhandledErrors: existsSync(unhandledPath) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} path */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
