import { expect, test } from 'vitest';

import { openTestStore, type BackEnd } from './back-end.ts';

export function describeSettings(backEnd: BackEnd): void {
  test('sets, replaces, lists and deletes', async () => {
    await using store = await openTestStore(backEnd);
    await store.settings.set('plugin.b', { on: true, text: '\u0000' });
    await store.settings.set('plugin.a', 1);
    await store.settings.set('plugin.a', [2]);
    await store.settings.set('plugin_', null);

    expect(await store.settings.find('plugin.b')).toEqual({ on: true, text: '\u0000' });
    expect(await store.settings.find('plugin_')).toBeNull();
    expect(await store.settings.find('other')).toBeUndefined();
    expect(await store.settings.list('plugin.')).toEqual([
      { key: 'plugin.a', value: [2] },
      { key: 'plugin.b', value: { on: true, text: '\u0000' } },
    ]);
    expect(await store.settings.delete('plugin.a')).toBe(true);
    expect(await store.settings.delete('plugin.a')).toBe(false);
    expect(await store.settings.list('')).toHaveLength(2);
  });

  test('replaces a value only while it is the expected one', async () => {
    await using store = await openTestStore(backEnd);
    const { settings } = store;
    expect(await settings.replace('policy', { expected: { v: 0 }, value: { v: 1 } })).toBe(false);
    expect(await settings.replace('policy', { expected: undefined, value: { v: 1, text: '"\u0000é' } })).toBe(true);
    expect(await settings.replace('policy', { expected: undefined, value: { v: 2 } })).toBe(false);
    const expected = await settings.find('policy');
    const replacing = [2, 3].map((v) => settings.replace('policy', { expected, value: { v } }));
    expect((await Promise.all(replacing)).filter(Boolean)).toHaveLength(1);
    expect([{ v: 2 }, { v: 3 }]).toContainEqual(await settings.find('policy'));
  });
}
