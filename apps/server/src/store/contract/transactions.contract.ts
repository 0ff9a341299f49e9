import { sql } from 'kysely';
import { expect, test } from 'vitest';

import { openStore } from '../open-store.ts';
import { createSession, newEvent, newEvents, newSession, openTestStore, type BackEnd } from './back-end.ts';

/** Over 100 lines: a flat list of tests. */
export function describeTransactions(backEnd: BackEnd): void {
  test('commits everything or nothing', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store);

    const failed = store.transaction(async (tx) => {
      await tx.events.append(session.id, 0, newEvents(2));
      await tx.settings.set('key', 1);
      throw new Error('changed my mind');
    });

    await expect(failed).rejects.toThrow('changed my mind');
    expect(await store.settings.find('key')).toBeUndefined();
    expect((await store.sessions.find(session.id))?.lastSeq).toBe(0);
    expect(await store.events.append(session.id, 0, [newEvent()])).toBe(1);
  });

  test('sees its own writes before they are committed', async () => {
    await using store = await openTestStore(backEnd);

    const seen = await store.transaction(async (tx) => {
      const { id } = await tx.sessions.create(newSession());
      await tx.events.append(id, 0, newEvents(3));
      return { read: await tx.events.readAfter(id, 1, 10), session: await tx.sessions.find(id) };
    });

    expect(seen.read.map((event) => event.seq)).toEqual([2, 3]);
    expect(seen.session?.lastSeq).toBe(3);
  });

  test('runs many transactions at once without mixing them', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store);

    const firsts = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        const work = store.transaction(async (tx) => {
          const first = await tx.events.append(session.id, 0, [newEvent(`a${index}`)]);
          await tx.events.append(session.id, 0, [newEvent(`b${index}`)]);
          if (index % 3 === 0) throw new Error('rolled back');
          return first;
        });
        return work.catch(() => undefined);
      }),
    );

    const committed = firsts.filter((first) => first !== undefined);
    expect(committed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => 1 + 2 * index));
    const events = await store.events.readAfter(session.id, 0, 100);
    expect(events.map((event) => event.seq)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
  });

  test('lets one of many transactions of a user count and create at a time', async () => {
    await using store = await openTestStore(backEnd);
    const counts = await Promise.all(
      Array.from({ length: 5 }, () =>
        store.transaction(async ({ sessions }) => {
          await sessions.lockOwner('user_1');
          const count = await sessions.count('user_1');
          await sessions.create(newSession({ ownerId: 'user_1' }));
          return count;
        }),
      ),
    );
    expect(counts.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
  });

  test('refuses the store itself inside its transaction, instead of waiting for ever', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store);

    const find = store.transaction(() => store.sessions.find(session.id));
    await expect(find).rejects.toMatchObject({ name: 'StoreError', code: 'misuse' });
    const append = store.transaction(() => store.events.append(session.id, 0, [newEvent()]));
    await expect(append).rejects.toMatchObject({ code: 'misuse' });
    const nested = store.transaction(() => store.transaction(() => Promise.resolve()));
    await expect(nested).rejects.toMatchObject({ code: 'misuse' });

    expect(await store.sessions.find(session.id)).toEqual(session);
  });

  test('lets work that a transaction started, and that outlives it, use the store', async () => {
    await using store = await openTestStore(backEnd);
    const ended = Promise.withResolvers<void>();

    const later = await store.transaction(() => Promise.resolve({ read: ended.promise.then(() => store.ping()) }));
    ended.resolve();

    await expect(later.read).resolves.toBeUndefined();
  });

  test('answers a ping', async () => {
    await using store = await openTestStore(backEnd);
    await expect(store.ping()).resolves.toBeUndefined();
  });

  test('closes once, however often and however concurrently it is asked, and then refuses work', async () => {
    const store = await openTestStore(backEnd);
    await Promise.all([store.close(), store.close()]);
    await store.close();
    await expect(store.ping()).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.sessions.find('sesn_1')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.transaction(() => Promise.resolve())).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('finishes a running transaction before it closes', async () => {
    const store = await openTestStore(backEnd);
    const session = await createSession(store);
    const inside = Promise.withResolvers<void>();
    const mayCommit = Promise.withResolvers<void>();
    const work = store.transaction(async (tx) => {
      inside.resolve();
      await mayCommit.promise;
      return tx.events.append(session.id, 0, [newEvent()]);
    });
    await inside.promise;

    const closed = store.close();
    mayCommit.resolve();

    expect(await work).toBe(1);
    await closed;
    await using again = await openStore({ url: store.url });
    expect((await again.sessions.find(session.id))?.lastSeq).toBe(1);
  });

  test('keeps everything over a restart', async () => {
    const store = await openTestStore(backEnd);
    const session = await createSession(store, { title: 'Kept', metadata: { a: 'b' } });
    await store.events.append(session.id, 0, newEvents(3));
    const before = await store.events.readAfter(session.id, 0, 10);
    await store.close();

    await using again = await openStore({ url: store.url });
    expect(await again.sessions.find(session.id)).toEqual({ ...session, lastSeq: 3 });
    expect(await again.events.readAfter(session.id, 0, 10)).toEqual(before);
  });

  test('refuses a database that a newer version has migrated', async () => {
    const store = await openTestStore(backEnd);
    const at = new Date().toISOString();
    await sql`insert into store_migrations (name, timestamp) values ('9999-from-the-future', ${at})`.execute(
      store.database,
    );
    await store.close();

    const opened = openStore({ url: store.url });

    await expect(opened).rejects.toMatchObject({
      name: 'StoreError',
      code: 'newer_schema',
      message: expect.stringContaining('9999-from-the-future') as string,
    });
  });
}
