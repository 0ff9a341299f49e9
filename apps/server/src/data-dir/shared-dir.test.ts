import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openSharedDir } from './shared-dir.ts';

/** The settings of one database. */
function createSettings() {
  const values = new Map<string, unknown>();
  return {
    find: async (key: string) => values.get(key),
    replace: async (key: string, { expected, value }: { expected: unknown; value: unknown }) =>
      values.get(key) === expected && values.set(key, value).get(key) === value,
  };
}

it('gives all servers of a database the same place, and each its own where nothing is shared', async () => {
  await using dir = await createWorkspaceDir();
  const settings = createSettings();
  const open = (nodeId: string, sharedDir: string | undefined, of = settings) =>
    openSharedDir({ dataDir: join(dir.path, nodeId), sharedDir }, { settings: of, nodeId });
  expect(await open('node_1', undefined)).toEqual({ placeId: 'node_1', place: undefined });

  const shared = join(dir.path, 'shared');
  const [first, second] = await Promise.all([open('node_1', shared), open('node_2', shared)]);
  expect(second).toEqual(first);
  expect(first.placeId).toBe(`place_${(await readFile(join(shared, 'place.id'), 'utf8')).trim()}`);
  expect(await open('node_1', shared)).toEqual(first);

  // A mount point without its disk stays as it is.
  const empty = join(dir.path, 'empty');
  await mkdir(empty);
  await expect(open('node_1', empty)).rejects.toThrow(/is not the folder that the servers .* share/);
  await expect(readFile(join(empty, 'place.id'))).rejects.toThrow('ENOENT');
  await expect(open('node_1', undefined)).rejects.toThrow(/Name the folder with CLAUDE_SDK_PATTERN_SHARED_DIR/);
});

it('refuses a folder in the data directory, also by a link, one whose id was cut off, and what is no folder', async () => {
  await using dir = await createWorkspaceDir({ 'data/x': '', 'cut/place.id': '', file: '' });
  const open = (name: string) =>
    openSharedDir(
      { dataDir: join(dir.path, 'data'), sharedDir: join(dir.path, name) },
      { settings: createSettings(), nodeId: 'node_1' },
    );
  await symlink(join(dir.path, 'data'), join(dir.path, 'link'));
  await expect(open('data/inside')).rejects.toThrow(/must not be in each other/);
  await expect(open('link')).rejects.toThrow(/must not be in each other/);
  await expect(open('.')).rejects.toThrow(/must not be in each other/);
  await expect(open('cut')).rejects.toThrow(/cut off/);
  await writeFile(join(dir.path, 'file'), '');
  await expect(open('file')).rejects.toThrow(/cannot be used .* correct CLAUDE_SDK_PATTERN_SHARED_DIR/);
});
