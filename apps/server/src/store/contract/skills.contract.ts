import { expect, test } from 'vitest';

import { openTestStore, type BackEnd } from './back-end.ts';

const toSkill = (id: string, ownerId = 'user_1') => ({ id, ownerId, name: 'a', displayName: 'A' });
const toVersion = (id: string, skillId: string) => ({
  ...{ id, skillId, description: `Does ${id}`, digest: `d-${id}`, sizeBytes: 5 },
});

/** What both back ends must do with skills. */
export function describeSkills(backEnd: BackEnd): void {
  test('keeps versions of skills, last made first, and one version at least', async () => {
    await using store = await openTestStore(backEnd);
    const { skills } = store;
    for (const id of ['a', 'b', 'c']) await skills.create(toSkill(id));
    await skills.create(toSkill('other', 'user_2'));
    expect(await skills.addVersion(toVersion('lost', 'none'))).toBeUndefined();
    for (const id of ['1', '2', '3']) {
      await skills.addVersion(toVersion(id, 'a'));
      if (id === '1') store.advance(1000);
    }
    await skills.addVersion(toVersion('4', 'b'));

    const first = await skills.list({ ownerId: 'user_1', limit: 2 });
    expect(first.skills.map(({ id }) => id)).toEqual(['c', 'b']);
    const second = await skills.list({ ownerId: 'user_1', limit: 2, cursor: first.nextCursor });
    expect(second).toMatchObject({ skills: [{ id: 'a' }], nextCursor: null });
    const versions = await skills.listVersions({ skillId: 'a', limit: 2 });
    expect(versions.versions.map(({ id }) => id)).toEqual(['3', '2']);
    const rest = await skills.listVersions({ skillId: 'a', limit: 2, cursor: versions.nextCursor });
    expect(rest).toMatchObject({ versions: [{ id: '1' }], nextCursor: null });
    const latest = await skills.findLatest(['a', 'b', 'c']);
    expect(latest.map(({ id }) => id).toSorted()).toEqual(['3', '4']);
    expect(await skills.measure('user_1')).toEqual({ count: 4, bytes: 20 });
    expect((await skills.find('a'))?.updatedAt).not.toBe((await skills.find('a'))?.createdAt);

    expect(await skills.deleteVersion({ id: '3', skillId: 'b' })).toBe(false);
    expect(await skills.deleteVersion({ id: '3', skillId: 'a' })).toBe(true);
    expect(await skills.deleteVersion({ id: '4', skillId: 'b' })).toBe(false);
    expect((await skills.findLatest(['a'])).map(({ id }) => id)).toEqual(['2']);
    await skills.giveTo('user_2', 'user_1');
    expect((await skills.listOwned('user_1')).toSorted()).toEqual(['a', 'b', 'c', 'other']);
    expect(await skills.delete('a')).toBe(true);
    expect(await skills.delete('a')).toBe(false);
    expect(await skills.findVersion('2')).toBeUndefined();
    expect(await skills.listDigests()).toEqual([{ skillId: 'b', digest: 'd-4' }]);
  });
}
