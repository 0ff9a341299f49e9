import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createMirrorRoom } from './mirror-room.ts';

const KIB = 1024;

/** Mirrors of these sizes, the first used longest ago. */
async function openMirrors(mirrors: readonly { name: string; ownerId: string; bytes: number }[]) {
  const dir = await createWorkspaceDir();
  for (const [index, { name, ownerId, bytes }] of mirrors.entries()) {
    const packs = join(dir.path, name, 'mirror.git', 'objects', 'pack');
    await mkdir(packs, { recursive: true });
    await writeFile(join(packs, 'pack-1.pack'), Buffer.alloc(bytes));
    await writeFile(join(dir.path, name, 'owner'), ownerId);
    await writeFile(join(dir.path, name, 'used'), '');
    await utimes(join(dir.path, name, 'used'), index + 1, index + 1);
  }
  await mkdir(join(dir.path, 'new'));
  const removed: string[] = [];
  const room = createMirrorRoom({ dir: dir.path, maxBytes: 100 * KIB, remove: (name) => void removed.push(name) });
  return { room, removed, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

it('makes room for a person by what they used longest ago, and takes no more than their half', async () => {
  await using opened = await openMirrors([
    { name: 'theirs', ownerId: 'user_2', bytes: 20 * KIB },
    { name: 'old', ownerId: 'user_1', bytes: 20 * KIB },
    { name: 'newer', ownerId: 'user_1', bytes: 20 * KIB },
  ]);
  using fetch = await opened.room.open('new', 'user_1');
  expect(fetch.take(10 * KIB)).toBeUndefined();
  expect(opened.removed).toEqual([]);
  expect(fetch.take(10 * KIB)).toBeUndefined();
  expect(opened.removed).toEqual(['old']);
  expect(fetch.take(31 * KIB)).toMatch(/of one person$/);
  expect(opened.removed).toEqual(['old', 'newer']);
});

it('counts what comes for one person at the same time, and makes room for all when there is none', async () => {
  await using opened = await openMirrors([
    { name: 'theirs', ownerId: 'user_2', bytes: 40 * KIB },
    { name: 'others', ownerId: 'user_3', bytes: 30 * KIB },
    { name: 'second', ownerId: 'user_1', bytes: 0 },
  ]);
  using one = await opened.room.open('new', 'user_1');
  using two = await opened.room.open('second', 'user_1');
  expect(one.take(25 * KIB)).toBeUndefined();
  expect(two.take(25 * KIB)).toBeUndefined();
  expect(opened.removed).toEqual(['theirs']);
  expect(two.take(1)).toMatch(/of one person$/);
});
