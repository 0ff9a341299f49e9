import type { SessionResourceParams } from '@claude-sdk-pattern/protocol/v1';
import { expect, it } from 'vitest';

import type { Actor } from '../../identity/actor.ts';
import type { StoredFile } from '../../store/files.ts';
import { createAddressCheck } from '../../workspaces/repositories/address-problem.ts';
import { toNewResources, toRelativePath } from './new-resources.ts';

const actor = { userId: 'user_1' } as Actor;
const folderGrants = {
  find: async (_: string, { path }: { path: string }) => ({ path, rootPath: path }),
};
const localFolders = { findWriteProblem: async () => undefined };
const files = { get: () => Promise.resolve({ filename: '../a.txt' } as StoredFile) };

/** Of `git.inside` an address that is not public, of others one that is. */
const lookup = ((name: string, _: object, callback: (error: null, found: object[]) => void) =>
  callback(null, [
    { address: name.endsWith('.inside') ? '10.0.0.5' : /^[\d.]+$/.test(name) ? name : '93.184.215.14', family: 4 },
  ])) as never;
const deps = {
  ...{ files, folderGrants, localFolders, now: () => 0 },
  findAddressProblem: createAddressCheck({
    allowedServers: ['http://git.inside:3000', 'ssh://10.0.0.5'],
    lookup,
  }),
};

async function place(...params: SessionResourceParams[]): Promise<string[]> {
  const made = await toNewResources(deps, actor, { params, there: [] });
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

it('refuses an address that the server would not go to, and says how it can be allowed', async () => {
  const ssh = (url: string): SessionResourceParams => ({ type: 'git_repository', url, secret: 'KEY' });
  const at = (url: string): SessionResourceParams => ({ type: 'github_repository', url });
  for (const params of [at('http://git.example/a/b'), at('https://127.0.0.1/a/b'), at('http://git.inside:3001/a/b')])
    await expect(place(params)).rejects.toThrow(
      /could not be fetched: .*no public server.*CLAUDE_SDK_PATTERN_GIT_SERVERS/,
    );
  for (const params of [at('https://git.inside/a/b'), ssh('git@10.0.0.6:a/b')])
    await expect(place(params)).rejects.toThrow(/could not be fetched: .*leads to an address that is not public/);
  expect(await place(at('http://git.inside:3000/a/b'), ssh('git@10.0.0.5:a/c'), at('https://git.example/a/d'))).toEqual(
    [...['b', 'c', 'd']],
  );
});

it('looks up one name at a time, and waits for none that takes long: the whole server looks up two at once', async () => {
  const looked: string[] = [];
  const never = ((name: string) => looked.push(name)) as never;
  const findAddressProblem = createAddressCheck({ allowedServers: [], lookup: never });
  const params = Array.from({ length: 20 }, (_, at) => ({
    ...{ type: 'git_repository' as const, url: `https://slow-${at}.example/a/b${at}` },
  }));
  const made = await toNewResources({ ...deps, findAddressProblem }, actor, { params, there: [] });
  expect(made).toHaveLength(20);
  expect(looked).toEqual(['slow-0.example']);
});
