import { expect, it } from 'vitest';

import { findInFolders, listDirectFolders } from './direct-folders.ts';

const at = { created_at: '', updated_at: '', problem: null, checkout: null, commit: null, branch: null };
const folder = (path: string, mount_path: string, more: object = {}) => ({
  ...{ type: 'local_folder' as const, id: path, path, mount_path, mode: 'direct' as const, state: 'ready' as const },
  ...{ ...at, ...more },
});

it('knows the folders in which the agent works itself, not those of which it got a copy', () => {
  expect(
    listDirectFolders([
      folder('/srv/web', '/workspace/web'),
      folder('/srv/docs', '/workspace', { mode: 'copy' }),
      folder('/srv/api', '/workspace/apps/api', { state: 'failed' }),
    ]),
  ).toEqual([
    { path: '/srv/web', name: 'web', isThere: true },
    { path: '/srv/api', name: 'apps/api', isThere: false },
  ]);
});

it('says where a path in such a folder really is, and claims no other path', () => {
  const folders = listDirectFolders([
    folder('/srv/web', '/workspace/web'),
    folder('/srv/api', '/workspace/api', { state: 'failed' }),
  ]);
  const find = (path: string) => findInFolders(folders, path)?.path ?? null;
  expect(find('web/src/a.ts')).toBe('/srv/web/src/a.ts');
  expect(find('./web/a.ts')).toBe('/srv/web/a.ts');
  expect(find('web')).toBe('/srv/web');
  expect(find('/srv/web/a.ts')).toBe('/srv/web/a.ts');
  for (const path of ['webs/a.ts', '/srv/website/a.ts', 'src/web/a.ts', 'web/../a.ts', '/srv/web/../b', 'api/a.ts', ''])
    expect(find(path), path).toBeNull();
});
