import type { SessionResourceParams } from '@claude-sdk-pattern/protocol/v1';
import { expect, it } from 'vitest';

import type { Actor } from '../../identity/actor.ts';
import type { StoredFile } from '../../store/files.ts';
import { toNewResources, toRelativePath } from './new-resources.ts';

const actor = { userId: 'user_1' } as Actor;
const folderGrants = {
  find: async (_: string, { path }: { path: string }) => ({ path, rootPath: path }),
};
const files = { get: () => Promise.resolve({ filename: '../a.txt' } as StoredFile) };

async function place(...params: SessionResourceParams[]): Promise<string[]> {
  const made = await toNewResources({ files, folderGrants, now: () => 0 }, actor, { params, there: [] });
  return made.map(({ item }) => toRelativePath(item));
}

const repository = (mount_path?: string): SessionResourceParams => ({
  ...{ type: 'github_repository', url: 'https://git.example/a/b' },
  ...(mount_path !== undefined && { mount_path }),
});

it('puts each where it was asked for, or at its name', async () => {
  expect(await place(repository(), { type: 'file', file_id: 'file_1' })).toEqual(['b', 'uploads/..-a.txt']);
  expect(await place(repository('/workspace'), repository('deps/x'))).toEqual(['', 'deps/x']);
  expect(await place(repository('/mnt/session/x'))).toEqual(['x']);
});

it.each([['/etc'], ['/workspace/../x'], ['..'], ['/workspace/.git/x'], ['a\nb']])(
  'refuses the place %j',
  async (path) => {
    await expect(place(repository(path))).rejects.toThrow(/mount_path/);
  },
);

it('gives no two the same place, and no address of SSH without a key', async () => {
  await expect(place(repository('x'), repository('x/y'))).rejects.toThrow(/another resource/);
  await expect(place({ type: 'git_repository', url: 'git@github.com:a/b' })).rejects.toThrow(/private key/);
});
