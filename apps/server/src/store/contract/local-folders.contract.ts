import { expect, test } from 'vitest';

import { openTestStore, type BackEnd } from './back-end.ts';

export function describeLocalFolders(backEnd: BackEnd): void {
  test('keeps the folders that were granted, one for each path', async () => {
    await using store = await openTestStore(backEnd);
    const { folderRoots } = store;
    const root = { path: '/srv/work', label: 'Work', roles: ['user'], modes: ['copy'] as const };
    expect(await folderRoots.create({ ...root, id: 'froot_1' })).toMatchObject(root);
    expect(await folderRoots.create({ ...root, id: 'froot_2' })).toBeUndefined();
    expect(await folderRoots.change('froot_1', { modes: ['copy', 'direct'] })).toMatchObject({
      ...{ label: 'Work', roles: ['user'], modes: ['copy', 'direct'] },
    });
    expect(await folderRoots.change('froot_2', { label: 'None' })).toBeUndefined();
    await folderRoots.create({ ...root, id: 'froot_3', path: '/srv/all', label: 'All' });
    expect((await folderRoots.list()).map(({ id }) => id)).toEqual(['froot_3', 'froot_1']);
    expect(await folderRoots.delete('froot_1')).toMatchObject({ path: '/srv/work' });
    expect(await folderRoots.find('froot_1')).toBeUndefined();
  });

  test('gives a folder, with what is in it and what it is in, to one session at a time', async () => {
    await using store = await openTestStore(backEnd);
    const { folderLeases } = store;
    const take = (session: string, path: string) =>
      folderLeases.take({ resourceId: `sesrsc_${session}${path}`, path, sessionId: `sesn_${session}` });
    expect(await take('1', '/srv/work/a')).toBeUndefined();
    expect(await take('1', '/srv/work/a')).toBeUndefined();
    for (const path of ['/srv/work/a', '/srv/work', '/srv/work/a/b'])
      expect(await take('2', path)).toMatchObject({ sessionId: 'sesn_1', path: '/srv/work/a' });
    expect(await take('2', '/srv/work/ab')).toBeUndefined();
    expect(await folderLeases.list()).toHaveLength(2);
    expect(await folderLeases.release('sesrsc_1/srv/work/a')).toBe(true);
    expect(await folderLeases.release('sesrsc_1/srv/work/a')).toBe(false);
    await folderLeases.releaseOfSession('sesn_2');
    expect(await folderLeases.list()).toEqual([]);

    const both = await Promise.all(['3', '4', '5', '6'].map((session) => take(session, '/srv/x')));
    expect(both.filter((each) => each === undefined)).toHaveLength(1);
  });
}
