import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';

import { createWorkspaceDir } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { findSource } from './find-source.ts';

it('takes folders by links too, but none that lead to the data directory, around it or to the system', async () => {
  await using dir = await createWorkspaceDir();
  const at = (path: string) => join(dir.path, path);
  for (const path of ['real/data/workspaces/a', 'real/data/plugins.d/p', 'mine/..p'])
    await mkdir(at(path), { recursive: true });
  await symlink(at('real/data'), at('data'));
  await symlink(at('real/data/workspaces'), at('mine/other'));
  await symlink(at('real'), at('mine/around'));
  await symlink('/proc/self', at('mine/process'));
  await symlink(at('mine/..p'), at('mine/link'));
  // The data directory is itself named by a link, and a place of plugins is around it.
  const deps = { ownDirs: [at('data')], pluginDirs: [at('data/plugins.d'), dir.path] };
  const refused = ['data', 'data/workspaces/a', 'real', 'real/data/workspaces/a', 'mine/other/a', 'mine/around', '.'];
  for (const path of refused) await expect(findSource(at(path), deps), path).rejects.toThrow('the data directory');
  const system = ['/proc/self', `/proc/self/root${at('mine')}`, '/sys', '/dev/shm', at('mine/process')];
  for (const path of system) await expect(findSource(path, deps), path).rejects.toThrow('a folder of the system');
  expect(await findSource(at('mine/link'), deps)).toEqual({ path: at('mine/..p'), name: 'link', isFile: false });
  expect(await findSource(at('data/plugins.d/p'), deps)).toMatchObject({ path: at('real/data/plugins.d/p') });
});
