import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

// A small checkout: the real scripts with a server and a bundler that only record their signals and calls.
const SERVER = `
import { appendFileSync } from 'node:fs';
const note = (line: string) => appendFileSync(process.env.NOTES!, line + '\\n');
process.on('SIGINT', () => note('SIGINT'));
process.on('SIGTERM', () => { note('SIGTERM'); process.exit(7); });
note('pid ' + process.pid);
setInterval(() => {}, 1000);
`;
const BUNDLER = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
appendFileSync(process.env.NOTES, 'built\\n');
mkdirSync('dist', { recursive: true });
writeFileSync('dist/index.html', '');
`;

let root: string;
let started: ChildProcess[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'csp-start-'));
  started = [];
  await cp(import.meta.dirname, join(root, 'scripts'), { recursive: true });
  await write('package.json', JSON.stringify({ type: 'module', devDependencies: { node: process.version.slice(1) } }));
  await write('package-lock.json', JSON.stringify({ packages: { '': {} } }));
  await write('node_modules/.package-lock.json', JSON.stringify({ packages: {} }));
  await write('node_modules/vite/bin/vite.js', BUNDLER);
  await write('node_modules/vite/package.json', '{}');
  await write('apps/web/src/main.tsx', '');
  await write('apps/server/src/main.ts', SERVER);
  await mkdir(join(root, 'node_modules/node/bin'), { recursive: true });
  await symlink(process.execPath, join(root, 'node_modules/node/bin/node'));
});

afterEach(async () => {
  for (const one of started) one.kill('SIGKILL');
  const pid = await findServerPid().catch(() => undefined);
  if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGKILL');
  await rm(root, { recursive: true, force: true });
});

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}

function start(): ChildProcess {
  const child = spawn(process.execPath, [join(root, 'scripts/start.mjs')], {
    stdio: 'ignore',
    env: { ...process.env, NOTES: join(root, 'notes') },
  });
  started.push(child);
  return child;
}

async function readNotes(): Promise<string[]> {
  return (await readFile(join(root, 'notes'), 'utf8')).trim().split('\n');
}

async function findServerPid(): Promise<number | undefined> {
  const line = (await readNotes()).findLast((one) => one.startsWith('pid '));
  return line === undefined ? undefined : Number(line.slice(4));
}

async function waitForServer(): Promise<number> {
  return vi.waitFor(async () => {
    const pid = await findServerPid();
    if (pid === undefined || !isAlive(pid)) throw new Error('The server is not up yet');
    return pid;
  }, 20_000);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('npm start', () => {
  it('builds the web app when its sources have changed, and only then', async () => {
    for (const expected of [1, 1, 2]) {
      if (expected === 2) await write('apps/web/src/main.tsx', 'changed');
      const child = start();
      await waitForServer();
      child.kill('SIGTERM');
      await once(child, 'exit');
      expect((await readNotes()).filter((one) => one === 'built')).toHaveLength(expected);
    }
  });

  it('tells the server once of a Ctrl-C that arrives from the terminal and from npm, and of what comes later again', async () => {
    const child = start();
    const exited = once(child, 'exit');
    await waitForServer();
    child.kill('SIGINT');
    child.kill('SIGINT');
    await vi.waitFor(async () => expect(await readNotes()).toContain('SIGINT'), 10_000);
    // A signal to a process that is already exiting would kill it.
    await vi.waitFor(
      async () => {
        if ((await readNotes()).includes('SIGTERM')) return;
        child.kill('SIGTERM');
        throw new Error('The server has not been told to stop');
      },
      { timeout: 20_000, interval: 400 },
    );
    expect(await exited).toEqual([7, null]);
    expect((await readNotes()).filter((one) => one === 'SIGINT')).toHaveLength(1);
  });

  it("ends with the server's exit code and leaves no process behind", async () => {
    const child = start();
    const pid = await waitForServer();
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([7, null]);
    expect(isAlive(pid)).toBe(false);
  });

  it('stops the server when npm is killed, as nobody could stop it any more', async () => {
    const npm = spawn('sh', ['-c', `'${process.execPath}' scripts/start.mjs; true`], {
      cwd: root,
      stdio: 'ignore',
      env: { ...process.env, NOTES: join(root, 'notes'), npm_lifecycle_event: 'start' },
    });
    started.push(npm);
    const pid = await waitForServer();
    npm.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000);
    expect(await readNotes()).toContain('SIGTERM');
  });

  it('takes the server with it when it is killed', async () => {
    const child = start();
    const pid = await waitForServer();
    child.kill('SIGKILL');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 10_000);
    expect(await readNotes()).toContain('SIGTERM');
  });
});
