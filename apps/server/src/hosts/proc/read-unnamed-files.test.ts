import { mkdtempDisposable, stat } from 'node:fs/promises';

import { expect, it } from 'vitest';

import { startFamily } from '../fixtures/start-family.ts';
import { createUnnamedFiles } from './read-unnamed-files.ts';

const MB = 1024 * 1024;

/** The folder of other tests is in memory on some machines. */
const openFolderOnDisk = () => mkdtempDisposable('/var/tmp/csp-unnamed-');

function toTree(pid: number) {
  const state = { pid, name: 'node', parentPid: 1, cpuTicks: 0, startTicks: 0, rssPages: 0 };
  return { pid, processes: [{ ...state, marker: 'n/s', rssBytes: 0 }] };
}

it('goes on with many descriptors at the next look, and keeps what it has found', async () => {
  await using folder = await openFolderOnDisk();
  await using family = await startFamily('n/s', ...[1, 2, 3].map((mb) => `unnamed:${folder.path}:${mb}`));
  const files = createUnnamedFiles();
  const tree = toTree(family.pid);
  const seen: number[] = [];
  for (let look = 0; look < 200; look += 1) {
    seen.push(Math.floor((await files.read(tree, { maxDescriptors: 1 })).disk / MB));
  }
  await files.keep(new Set());
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  expect([...new Set(seen)]).toEqual([0, 1, 3, 6]);
});

it('leaves out what is counted with its device', async () => {
  await using folder = await openFolderOnDisk();
  await using family = await startFamily('n/s', `unnamed:${folder.path}:1`);
  const files = createUnnamedFiles();
  const counted = new Set([(await stat(folder.path)).dev]);
  expect(await files.read(toTree(family.pid), { maxDescriptors: 1000, counted })).toEqual({ memory: 0, disk: 0 });
});

it('finds nothing of a process that has ended', async () => {
  const family = await startFamily('n/s');
  await family[Symbol.asyncDispose]();
  const found = await createUnnamedFiles().read(toTree(family.pid), { maxDescriptors: 10 });
  expect(found).toEqual({ memory: 0, disk: 0 });
});
