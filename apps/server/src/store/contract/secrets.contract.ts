import { expect, test } from 'vitest';

import type { SecretPlace } from '../secrets.ts';
import { openTestStore, type BackEnd } from './back-end.ts';

const sealed = (keyId: string, text: string) => ({ keyId, wrappedKey: `key of ${text}`, ciphertext: text });

export function describeSecrets(backEnd: BackEnd): void {
  test('has one secret at each place, and wraps its key anew only while it is the one that was read', async () => {
    await using store = await openTestStore(backEnd);
    const { secrets } = store;
    const own = { scope: 'user', ownerId: 'user_a' } as const;
    const place = { ...own, name: 'TOKEN' };
    const others: SecretPlace[] = [
      { scope: 'platform', ownerId: '', name: 'TOKEN' },
      { scope: 'user', ownerId: 'user_b', name: 'TOKEN' },
      { ...own, name: 'A.b-c' },
    ];
    await secrets.put(place, sealed('old', 'first'));
    for (const [index, other] of others.entries()) await secrets.put(other, sealed('old', `other ${index}`));
    await secrets.put(place, sealed('old', 'second'));
    expect(await secrets.find(place)).toEqual(sealed('old', 'second'));
    expect((await secrets.list(own)).map(({ name }) => name)).toEqual(['A.b-c', 'TOKEN']);
    expect(await secrets.count(own)).toBe(2);

    const [first, ...rest] = await secrets.listWrappedByOthers('new', { limit: 10 });
    expect([first, ...rest].map((each) => `${each?.scope} ${each?.ownerId} ${each?.name}`)).toEqual([
      'platform  TOKEN',
      'user user_a A.b-c',
      'user user_a TOKEN',
      'user user_b TOKEN',
    ]);
    expect(await secrets.listWrappedByOthers('new', { limit: 1, after: first })).toEqual(rest.slice(0, 1));
    const next = { keyId: 'new', wrappedKey: 'wrapped anew' };
    expect(await secrets.rewrap(place, { wrappedKey: 'key of first' }, next)).toBe(false);
    expect(await secrets.rewrap(place, { wrappedKey: 'key of second' }, next)).toBe(true);
    expect(await secrets.find(place)).toEqual({ ...next, ciphertext: 'second' });
    expect(await secrets.listWrappedByOthers('new', { limit: 10 })).toHaveLength(3);
    const third = sealed('new', 'third');
    const replacements = [1, 2].map(() => secrets.replace(place, { wrappedKey: 'wrapped anew' }, third));
    expect((await Promise.all(replacements)).filter(Boolean)).toEqual([true]);
    expect(await secrets.find(place)).toEqual(third);

    expect(await secrets.delete(place)).toBe(true);
    expect(await secrets.delete(place)).toBe(false);
    expect((await secrets.list(own)).map(({ updatedBy }) => updatedBy)).toEqual([null]);
    for (const id of ['agent_2', 'agent_1', 'agent_3']) {
      const scope = id === 'agent_1' ? 'organization' : 'account';
      await store.agents.put({
        id,
        name: `first ${id}`,
        definition: {},
        ownerId: id === 'agent_2' ? 'user_a' : 'b',
        scope,
      });
      await store.agents.put({ id, name: id, definition: {}, expectedVersion: 1 });
      await secrets.put({ scope: 'agent', ownerId: id, name: 'KEY' }, sealed('new', id), 'user_b');
    }
    const seen = await secrets.listOfAgents({ visibleTo: 'user_a', limit: 5 });
    expect(seen.map(({ ownerId, updatedBy, agent }) => [ownerId, updatedBy, agent])).toEqual([
      ['agent_1', 'user_b', { name: 'agent_1', ownerId: 'b', scope: 'organization' }],
      ['agent_2', 'user_b', { name: 'agent_2', ownerId: 'user_a', scope: 'account' }],
    ]);
    await secrets.deleteAll(own);
    expect(await secrets.list(own)).toEqual([]);
    expect(await secrets.count({ scope: 'user', ownerId: 'user_b' })).toBe(1);
  });

  test('keeps vaults and credentials apart, and pages them', async () => {
    await using store = await openTestStore(backEnd);
    const { vaults, vaultCredentials } = store;
    for (const id of ['vlt_1', 'vlt_2', 'vlt_3'])
      await vaults.create({ id, parentId: 'user_a', content: { name: `${id} \u0000é` } });
    await vaultCredentials.create({ id: 'vcrd_1', parentId: 'vlt_1', content: 1 });
    expect(await vaultCredentials.find('vlt_1')).toBeUndefined();
    const change = { version: 1, content: [2] };
    expect(await vaultCredentials.update('vcrd_1', change)).toMatchObject({
      parentId: 'vlt_1',
      content: [2],
      version: 2,
    });
    await expect(vaultCredentials.update('vcrd_1', change)).rejects.toMatchObject({ code: 'conflict' });
    expect([await vaultCredentials.update('vcrd_2', change), await vaultCredentials.lock('vcrd_2')]).toEqual([
      undefined,
      undefined,
    ]);

    const { archivedAt } = (await vaults.archive('vlt_2')) ?? {};
    expect((await vaults.archive('vlt_2'))?.archivedAt).toBe(archivedAt);
    const list = async (options: object = {}) => {
      const ids: string[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await vaults.list({ parentId: 'user_a', limit: 1, ...(cursor && { cursor }), ...options });
        ids.push(...page.records.map(({ id }) => id));
        cursor = page.nextCursor;
      }
      return ids;
    };
    expect(await list()).toEqual(['vlt_3', 'vlt_1']);
    expect((await vaults.listUsable('user_a')).map(({ id }) => id)).toEqual(['vlt_1', 'vlt_3']);
    expect((await vaults.listIds('user_a')).toSorted()).toEqual(['vlt_1', 'vlt_2', 'vlt_3']);
    expect(await list({ includeArchived: true })).toEqual(['vlt_3', 'vlt_2', 'vlt_1']);
    expect(await vaults.delete('vlt_3')).toBe(true);
    expect([await vaults.count('user_a'), await vaults.count('user_b')]).toEqual([2, 0]);
    const locked = await store.transaction((transaction) => transaction.vaults.lock('vlt_2'));
    expect(locked).toMatchObject({ id: 'vlt_2', version: 2 });
  });

  test('gives a named lease to one holder until its time is over or it is given back', async () => {
    await using store = await openTestStore(backEnd);
    const { namedLeases: leases } = store;
    const [one, two] = [
      { name: 'refresh', holder: 'one' },
      { name: 'refresh', holder: 'two' },
    ];
    const first = [await leases.acquire(one, 60_000), await leases.acquire(two, 60_000)];
    expect([...first, await leases.acquire({ ...two, name: 'other' }, 60_000)]).toEqual([true, false, true]);
    await leases.release(two);
    expect(await leases.acquire(two, 60_000)).toBe(false);
    await leases.release(one);
    expect([await leases.acquire(two, 0), await leases.acquire(one, 60_000)]).toEqual([true, true]);
  });
}
