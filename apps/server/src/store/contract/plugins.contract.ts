import { expect, test } from 'vitest';

import { openTestStore, type BackEnd } from './back-end.ts';

const plugin = { name: 'b', state: 'registered', version: null, digest: 'd1', record: { a: ['\u0000', 1] } };

/** What both back ends must do with the registry of plugins. */
export function describePlugins(backEnd: BackEnd): void {
  test('keeps plugins by name, once, and changes one only as it was seen', async () => {
    await using store = await openTestStore(backEnd);
    const { plugins } = store;
    const created = await plugins.create(plugin);
    expect(created).toMatchObject({ ...plugin, revision: 1 });
    expect(await plugins.create({ ...plugin, digest: 'd2' })).toBeUndefined();
    await plugins.create({ ...plugin, name: 'a' });
    const before = await plugins.listRevisions();

    const changed = await plugins.replace({ ...plugin, state: 'active', version: '1', digest: 'd2' }, 1);
    expect(changed).toMatchObject({ state: 'active', version: '1', digest: 'd2', revision: 2 });
    expect(await plugins.replace(plugin, 1)).toBeUndefined();
    expect(await plugins.listRevisions()).not.toEqual(before);
    expect(await plugins.find('b')).toEqual(changed);
    expect((await plugins.list()).map(({ name, revision }) => `${name} ${revision}`)).toEqual(['a 1', 'b 2']);

    expect(await plugins.delete('b', 1)).toBe(false);
    expect(await plugins.delete('b', 2)).toBe(true);
    expect(await plugins.find('b')).toBeUndefined();
  });
}
