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

  test('keeps the content of a plugin in chunks, all or none, until nobody wants it', async () => {
    await using store = await openTestStore(backEnd);
    const { pluginContents: contents } = store;
    const content = { name: 'a', digest: 'd1' };
    const [first, second] = [Buffer.from([0, 255, 1]), Buffer.alloc(1024, 7)];
    async function* chunks(failing = false) {
      yield first;
      if (failing) throw new Error('The disk failed');
      yield second;
    }
    const read = async () => {
      const found: Buffer[] = [];
      for await (const chunk of contents.read(content)) found.push(chunk);
      return found;
    };
    await expect(contents.put(content, () => chunks(true))).rejects.toThrow('The disk failed');
    expect([await contents.list(), await read()]).toEqual([[], []]);
    await contents.put(content, chunks);
    await contents.put(content, () => chunks(true));
    expect([await contents.list(), await read()]).toEqual([[content], [first, second]]);

    const [none, all] = [() => false, () => true];
    await contents.sweep({ isKept: none, before: '2000-01-01T00:00:00.000Z' });
    await contents.sweep({ isKept: all, before: '3000-01-01T00:00:00.000Z' });
    expect(await contents.list()).toEqual([content]);
    await contents.sweep({ isKept: none, before: '3000-01-01T00:00:00.000Z' });
    expect([await contents.list(), await read()]).toEqual([[], []]);
  });
}
