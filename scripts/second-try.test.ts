import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// A small checkout: the real scripts and the real vitest with test files that fail in the way that each test needs.
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'csp-second-try-'));
  await cp(import.meta.dirname, join(root, 'scripts'), { recursive: true });
  const repository = dirname(import.meta.dirname);
  await write('package.json', JSON.stringify({ type: 'module', devDependencies: { node: process.version.slice(1) } }));
  await write('package-lock.json', JSON.stringify({ packages: { '': {} } }));
  await write('node_modules/.package-lock.json', JSON.stringify({ packages: {} }));
  await symlink(join(repository, 'node_modules/vitest'), join(root, 'node_modules/vitest'));
  await mkdir(join(root, 'node_modules/node/bin'), { recursive: true });
  await symlink(process.execPath, join(root, 'node_modules/node/bin/node'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(file: string, text: string): Promise<void> {
  const path = join(root, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

const HEAD = `
import { existsSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
const isSecond = (name) => existsSync(name) || (writeFileSync(name, ''), false);
`;

function runTests(...args: string[]): { code: number | null; lines: string[] } {
  const { VITEST: _vitest, ...env } = process.env;
  const run = spawnSync(process.execPath, ['scripts/test.mjs', 'cases', ...args], { cwd: root, env, encoding: 'utf8' });
  return { code: run.status, lines: run.stdout.trimEnd().split('\n') };
}

describe('npm test -- --second-try', () => {
  it('passes what passes alone, and names it as flaky right above the closing line', async () => {
    await write(
      'cases/noisy.test.js',
      `${HEAD}
       describe('a (noisy) group', () => {
         it('fails at first [once]', () => expect(isSecond('marker')).toBe(true));
         it('passes', () => {});
       });`,
    );
    const { code, lines } = runTests('--second-try');
    expect(lines.slice(-2)).toEqual([
      'flaky: cases/noisy.test.js > a (noisy) group > fails at first [once] (failed, then passed alone: a defect to mend)',
      '2 passed, 0 failed',
    ]);
    expect(code).toBe(0);
  });

  it('runs a file once more that could not be loaded', async () => {
    await write(
      'cases/unloaded.test.js',
      `${HEAD} if (!isSecond('marker')) throw new Error('not yet'); it('passes', () => {});`,
    );
    await write('cases/other.test.js', `${HEAD} it('passes', () => {});`);
    const { code, lines } = runTests('--second-try');
    expect(lines.at(-2)).toMatch(/^flaky: cases\/unloaded\.test\.js /);
    expect(code).toBe(0);
  });

  it('fails for what fails again, also beside what passed alone', async () => {
    await write('cases/noisy.test.js', `${HEAD} it('fails once', () => expect(isSecond('marker')).toBe(true));`);
    await write('cases/broken.test.js', `${HEAD} it('fails', () => expect(1).toBe(2)); it('passes', () => {});`);
    const { code, lines } = runTests('--second-try');
    expect(lines.at(-2)).toMatch(/^flaky: cases\/noisy\.test\.js > fails once /);
    expect(lines.at(-1)).toBe('2 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('gives no second try to an error outside of any test', async () => {
    await write(
      'cases/unhandled.test.js',
      `${HEAD}
       it('fails once', async () => {
         void Promise.reject(new Error('nobody waits for this'));
         await new Promise((resolve) => setImmediate(resolve));
         expect(isSecond('marker')).toBe(true);
       });`,
    );
    const { code, lines } = runTests('--second-try');
    expect(lines.at(-1)).toBe('0 passed, 1 failed');
    expect(code).toBe(1);
  });

  it('leaves a failure a failure without the option', async () => {
    await write(
      'cases/noisy.test.js',
      `${HEAD} it('fails once', () => expect(isSecond('marker')).toBe(true)); it('passes', () => {});`,
    );
    const { code, lines } = runTests();
    expect(lines.at(-1)).toBe('1 passed, 1 failed');
    expect(code).toBe(1);
  });
});

describe('npm test -- --version', () => {
  it('prints the version of vitest and runs no test', async () => {
    await write('cases/failing.test.js', `${HEAD} it('fails', () => expect(1).toBe(2));`);
    const { code, lines } = runTests('--version');
    expect(lines).toEqual([expect.stringMatching(/^vitest\/\d/)]);
    expect(code).toBe(0);
  });
});
