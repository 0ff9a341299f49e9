import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../config/load-config.ts';
import { openStore } from '../store/open-store.ts';
import { checkDatabase } from './check-database.ts';
import { runDoctor } from './run-doctor.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csp-doctor-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('checks everything, and each problem comes with its remedy', async () => {
  const results = await runDoctor(() => loadConfig({ CLAUDE_SDK_PATTERN_DATA_DIR: folder }));
  const names = ['Node', 'Agent CLI', 'Configuration', 'Database', 'Upstream', 'Memory', 'Disk'];
  expect(results.map((one) => one.name)).toEqual(expect.arrayContaining(names));
  for (const one of results) expect(one.remedy === undefined).toBe(one.status === 'ok');
});

it('goes on without a configuration that can be read, and names the wrong variable', async () => {
  const results = await runDoctor(() => loadConfig({ CLAUDE_SDK_PATTERN_PORT: 'http' }));
  expect(results.find((one) => one.name === 'Configuration')).toMatchObject({
    status: 'failed',
    detail: expect.stringContaining('CLAUDE_SDK_PATTERN_PORT'),
  });
  expect(results.some((one) => one.name === 'Agent CLI')).toBe(true);
});

it('leaves no database behind where there was none', async () => {
  const url = `sqlite:${join(folder, 'data', 'csp.db')}`;
  expect(await checkDatabase(url)).toMatchObject({ status: 'ok', detail: expect.stringContaining('first start') });
  expect(await readdir(folder)).toEqual([]);
});

it('opens a database that exists', async () => {
  const url = `sqlite:${join(folder, 'csp.db')}`;
  await (await openStore({ url })).close();
  expect(await checkDatabase(url)).toMatchObject({
    status: 'ok',
    detail: expect.stringContaining('opens and answers'),
  });
});

it('tells a damaged database from one that is a folder', async () => {
  await writeFile(join(folder, 'damaged.db'), 'this is no database, '.repeat(500));
  expect(await checkDatabase(`sqlite:${join(folder, 'damaged.db')}`)).toMatchObject({
    status: 'failed',
    remedy: expect.stringContaining('backup'),
  });
  await mkdir(join(folder, 'folder.db'));
  expect((await checkDatabase(`sqlite:${join(folder, 'folder.db')}`)).status).toBe('failed');
});
