import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { measureFolders } from '../../agent-files/measure-folders.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import { isIncoming } from './receive-packs.ts';

export interface SweepDeps {
  /** With one folder for each mirror. */
  dir: string;
  maxBytes: number;
  now(): number;
}

const UNUSED_MS = 14 * 24 * 60 * 60 * 1000;

/**
 * Removes mirrors that nobody has used for two weeks, then those that were not used for longest, until all of them take no more than they may.
 * Sessions keep the objects that they have borrowed.
 */
export async function sweepMirrors(
  { dir, maxBytes, now }: SweepDeps,
  withMirror: (name: string, work: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  const mirrors = await Promise.all(names.map((name) => look(dir, name)));
  let left = mirrors.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { name, bytes, usedAtMs } of mirrors.toSorted((one, other) => one.usedAtMs - other.usedAtMs)) {
    if (left <= maxBytes && now() - usedAtMs < UNUSED_MS) continue;
    await withMirror(name, () => removeTree(join(dir, name)));
    left -= bytes;
  }
}

/** Removes the work trees, and what of fetches, that a server before has left; what it knew of them is gone. */
export async function removeLeftTrees(dir: string): Promise<void> {
  for (const name of await readdir(dir).catch(() => []))
    for (const each of await readdir(join(dir, name)).catch(() => []))
      if (each === 'trees' || isIncoming(each)) await removeTree(join(dir, name, each));
}

async function look(dir: string, name: string): Promise<{ name: string; bytes: number; usedAtMs: number }> {
  const path = join(dir, name);
  const { bytes } = (await measureFolders([path], new AbortController().signal)) ?? { bytes: 0 };
  const used = await stat(join(path, 'used')).catch(() => undefined);
  return { name, bytes, usedAtMs: used?.mtimeMs ?? 0 };
}
