import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findBareChromium, findChromium } from './chromium.mjs';
import { isInstalled, tellInstalled } from './install.mjs';
import { runTelling } from './run-telling.mjs';
import { toClosingLine } from './test-counts.mjs';
import { hashFiles } from './web-build.mjs';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'csp-setup-'));
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function write(file: string, text: string): Promise<string> {
  const path = join(root, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  return path;
}

describe('isInstalled', () => {
  const wanted = {
    '': { version: '1.0.0' },
    'apps/server': { version: '0.1.0' },
    'node_modules/fastify': { version: '5.0.0', integrity: 'sha512-a' },
    'node_modules/only-on-mac': { version: '1.0.0', optional: true },
  };

  const installed = { version: '5.0.0', integrity: 'sha512-a', resolved: 'https://mirror.invalid/fastify.tgz' };

  it.each([
    ['accepts what the lock file says, without what is for other platforms', installed, true],
    ['refuses another version', { ...installed, version: '4.9.0' }, false],
    ['refuses another build of the same version', { ...installed, integrity: 'sha512-b' }, false],
    ['refuses a missing package', undefined, false],
  ])('%s', async (_title, present, expected) => {
    await write('package-lock.json', JSON.stringify({ packages: wanted }));
    await write('node_modules/.package-lock.json', JSON.stringify({ packages: { 'node_modules/fastify': present } }));
    expect(isInstalled(root)).toBe(expected);
  });

  it('refuses an install that was cut off', async () => {
    await write('package-lock.json', JSON.stringify({ packages: wanted }));
    await mkdir(join(root, 'node_modules'));
    expect(isInstalled(root)).toBe(false);
  });
});

describe('hashFiles', () => {
  it('changes with a source file and not with a test or a build', async () => {
    await write('src/a.ts', '1');
    const before = hashFiles([root]);
    await write('src/a.test.ts', 'new');
    await write('dist/index.html', 'new');
    expect(hashFiles([root])).toBe(before);
    await write('src/a.ts', '2');
    expect(hashFiles([root])).not.toBe(before);
  });
});

describe('findChromium', () => {
  it('takes the first known name on the PATH', async () => {
    const path = await write('bin/chromium-browser', '');
    expect(findChromium({ PATH: `${root}/none:${root}/bin` })).toBeUndefined();
    await chmod(path, 0o755);
    expect(findChromium({ PATH: `${root}/none:${root}/bin` })).toBe(path);
  });

  it('prefers the one that is named by variable', async () => {
    const path = await write('own/browser', '');
    await chmod(path, 0o755);
    expect(findChromium({ PATH: '/usr/bin', CLAUDE_SDK_PATTERN_CHROMIUM: path })).toBe(path);
  });
});

describe('findBareChromium', () => {
  it('takes the shell where there is one, and no browser is named', async () => {
    const [browser, shell] = [await write('first/chromium', ''), await write('second/chromium-headless-shell', '')];
    await Promise.all([chmod(browser, 0o755), chmod(shell, 0o755)]);
    const PATH = `${root}/first:${root}/second`;
    expect(findBareChromium({ PATH })).toBe(shell);
    expect(findBareChromium({ PATH, CLAUDE_SDK_PATTERN_CHROMIUM: browser })).toBe(browser);
    expect(findBareChromium({ PATH: `${root}/first` })).toBe(browser);
    expect(findChromium({ PATH: `${root}/second` })).toBeUndefined();
  });
});

describe('toClosingLine', () => {
  const passed = { numPassedTests: 3, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0, testResults: [] };

  it('counts what passed, failed and was skipped', () => {
    expect(toClosingLine(passed)).toEqual({ line: '3 passed, 0 failed', ok: true });
    expect(toClosingLine({ ...passed, numFailedTests: 1, numPendingTests: 2 })).toEqual({
      line: '3 passed, 1 failed, 2 skipped',
      ok: false,
    });
  });

  it.each([
    ['loaded', []],
    ['prepared', [{ status: 'skipped' }]],
  ])('counts a file that could not be %s as a failure', (_what, assertionResults) => {
    const testResults = [{ status: 'failed', assertionResults }];
    expect(toClosingLine({ ...passed, testResults })).toEqual({ line: '3 passed, 1 failed', ok: false });
  });

  it('does not take a run without tests for a success', () => {
    expect(toClosingLine(undefined)).toEqual({ line: '0 passed, 0 failed', ok: false });
    expect(toClosingLine({ ...passed, numPassedTests: 0 }).ok).toBe(false);
  });
});

describe('the first install', () => {
  it('says how many packages are there', async () => {
    const packages = {
      '': {},
      'packages/client': { version: '0.1.0' },
      'node_modules/@csp/client': { link: true },
      'node_modules/fastify': { version: '5.0.0' },
      'node_modules/ws': { version: '8.0.0' },
      'node_modules/only-on-mac': { version: '1.0.0', optional: true },
    };
    await write('package-lock.json', JSON.stringify({ packages }));
    await write('node_modules/ws/package.json', '{}');
    expect(tellInstalled(root)).toBe('1 of 2 packages are there');
  });

  it('says how far a silent program is until that ends, and with what it ended', async () => {
    const lines: string[] = [];
    const untilTold = `const { existsSync } = require('fs'); const look = () => existsSync('told') ? process.exit(3) : setTimeout(look, 5); look();`;
    const code = await runTelling(process.execPath, ['-e', untilTold], {
      ...{ cwd: root, everyMs: 5, tell: () => 'half of it is there' },
      log: (line: string) => {
        lines.push(line);
        if (lines.length === 2) void write('told', '');
      },
    });
    expect(code).toBe(3);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines[0]).toMatch(/^ {2}… half of it is there, after \d+ s$/);
    expect(await runTelling(join(root, 'no-such-program'), [], { cwd: root, tell: () => '' })).toBe(null);
  });
});
