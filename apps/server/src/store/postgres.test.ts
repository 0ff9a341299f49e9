import {
  createDatabasePool,
  startEmbeddedPostgres,
  until,
  type DatabasePool,
  type EmbeddedPostgresServer,
} from '@claude-sdk-pattern/testkit';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { createSession, newEvents, openTestStore } from './contract/back-end.ts';
import { describeStore } from './contract/store.contract.ts';
import { openStore } from './open-store.ts';

let server: EmbeddedPostgresServer;
let migrated: DatabasePool;
const createDatabase = (): Promise<string> => server.createDatabase();
const createMigratedDatabase = (): Promise<string> => migrated.take();

beforeAll(async () => {
  server = await startEmbeddedPostgres();
  migrated = createDatabasePool(server, async (url) => (await openStore({ url })).close());
});
afterEach(() => migrated.giveBack());
afterAll(() => server.close());

describe('PostgreSQL', () => {
  describeStore({ createDatabase, createMigratedDatabase });
});

describe('a PostgreSQL database', () => {
  test('is migrated once by nodes that start together, and shared by them without gaps', async () => {
    const url = await createDatabase();
    const stores = await Promise.all(Array.from({ length: 3 }, () => openStore({ url, maxConnections: 4 })));
    const [first] = stores;
    if (!first) throw new Error('no store');
    const { id } = await createSession(first);

    const appends = stores.flatMap((store) =>
      Array.from({ length: 20 }, () => store.events.append(id, 0, newEvents(2))),
    );
    const firsts = await Promise.all(appends);

    expect(firsts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => 1 + 2 * index));
    expect((await first.sessions.find(id))?.lastSeq).toBe(120);
    await Promise.all(stores.map((store) => store.close()));
  });

  test('prepares what appends once for a connection, whatever the number of events and facts', async () => {
    await using store = await openTestStore({ createDatabase, createMigratedDatabase });
    const { id } = await createSession(store);
    const fact = { at: '', actor: { type: 'user', id: null }, action: '', target: { type: 'user', id: null } };
    const prepared = await store.transaction(async ({ database, events, audit }) => {
      for (const count of [1, 2, 3]) {
        const facts = Array.from({ length: count }, () => ({ ...fact, outcome: '', details: '{}' }));
        await events.append(id, 0, newEvents(count), { facts });
        await events.append(id, 0, newEvents(count));
        await audit.add(facts);
      }
      const names = sql<{ name: string }>`select name from pg_prepared_statements order by name`;
      return (await names.execute(database)).rows;
    });
    expect(prepared.map(({ name }) => name)).toEqual(['append_events', 'append_events_facts', 'insert_audit_facts']);
  });

  test('tells the other servers which sessions have grown and what settings changed, also after the connection broke', async () => {
    const url = await createDatabase();
    await using one = await openStore({ url });
    await using other = await openStore({ url });
    const heard = {
      one: new Map<string, number>(),
      other: new Map<string, number>(),
      missed: 0,
      settings: [] as string[],
    };
    one.appends.listen({
      onAppended: ({ sessionId, lastSeq }) => heard.one.set(sessionId, lastSeq),
      onMissed: () => undefined,
    });
    other.appends.listen({
      onAppended: ({ sessionId, lastSeq }) => heard.other.set(sessionId, lastSeq),
      onMissed: () => void (heard.missed += 1),
      onSettingChanged: (key) => void heard.settings.push(key),
    });
    const tellUntilHeard = (sessionId: string, lastSeq: number) =>
      until(`${sessionId} is heard of`, () => {
        one.appends.tell({ sessionId, lastSeq });
        return heard.other.get(sessionId) === lastSeq;
      });
    await tellUntilHeard('sesn_1', 1);
    for (let index = 0; index < 250; index += 1) one.appends.tell({ sessionId: `sesn_many_${index}`, lastSeq: index });
    await until('all are heard of', () => heard.other.size === 251);
    expect(heard.one.size).toBe(0);
    const undone = one.transaction(async (transaction) => {
      await one.appends.tellSetting('undone', transaction);
      throw new Error('no');
    });
    await expect(undone).rejects.toThrow('no');
    await one.transaction((transaction) => one.appends.tellSetting('stops', transaction));
    await until('the setting is heard of', () => heard.settings.length > 0);
    expect(heard.settings).toEqual(['stops']);

    const end = sql`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen csp_%'`;
    await end.execute(one.database);
    await until('it listens again', () => heard.missed === 1);
    await tellUntilHeard('sesn_1', 2);
  });

  test('lets only the newest owner of a session write, whichever node asks', async () => {
    const url = await createDatabase();
    await using old = await openStore({ url });
    await using young = await openStore({ url });
    const { id: sessionId } = await createSession(old);
    const before = await old.leases.acquire({ sessionId, nodeId: 'old', ttlMs: 60_000 });
    const after = await young.leases.acquire({ sessionId, nodeId: 'young', ttlMs: 60_000, force: true });

    const late = old.events.append(sessionId, before.lease.fence, newEvents(1));

    await expect(late).rejects.toMatchObject({ code: 'stale_fence', currentFence: after.lease.fence });
    expect(await young.events.append(sessionId, after.lease.fence, newEvents(1))).toBe(1);
  });

  test('lets a session that another transaction holds wait without holding up the others', async () => {
    const url = await createDatabase();
    await using store = await openStore({ url });
    await using other = await openStore({ url });
    const sessions = await Promise.all(Array.from({ length: 6 }, () => createSession(store)));
    const [held, ...free] = sessions.map(({ id }) => id);
    if (held === undefined) throw new Error('no session');
    const holding = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const transaction = other.transaction(async (tx) => {
      await tx.events.append(held, 0, newEvents(1));
      locked.resolve();
      await holding.promise;
    });
    await locked.promise;

    const appends = [...free, held, ...free].map((id) => store.events.append(id, 0, newEvents(1)));
    const ofHeld = appends.splice(free.length, 1);
    try {
      expect(await Promise.all(appends)).toEqual([1, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    } finally {
      holding.resolve();
    }
    await transaction;
    expect(await Promise.all(ofHeld)).toEqual([2]);
  });

  test('says that the connection was lost, and works again with the next one', async () => {
    const errors: Error[] = [];
    const url = await createDatabase();
    await using store = await openStore({ url, maxConnections: 1, onConnectionError: (error) => errors.push(error) });
    await using other = await openStore({ url });
    const { id } = await createSession(store);

    const broken = store.transaction(async (tx) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx.database);
      await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(other.database);
      await tx.events.append(id, 0, newEvents(1));
    });

    await expect(broken).rejects.toMatchObject({ name: 'StoreError', code: 'unavailable' });
    expect(await store.events.append(id, 0, newEvents(1))).toBe(1);
  });

  test('survives a broken idle connection and reports it', async () => {
    const reported = Promise.withResolvers<Error>();
    const url = await createDatabase();
    await using store = await openStore({ url, maxConnections: 1, onConnectionError: reported.resolve });
    await using other = await openStore({ url });
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(store.database);
    await sql`select pg_terminate_backend(${rows[0]?.pid})`.execute(other.database);

    await expect(reported.promise).resolves.toBeInstanceOf(Error);
    await expect(store.ping()).resolves.toBeUndefined();
  });

  test('tells what may answer later from what cannot be opened, without the password', async () => {
    const url = new URL(await createDatabase());
    const missing = Object.assign(new URL(url), { pathname: '/nowhere' });
    const badPassword = Object.assign(new URL(url), { password: 'hunter2' });
    const lasting = [missing.href, badPassword.href].map((bad) => ({ bad, code: 'cannot_open' }));
    for (const { bad, code } of [...lasting, { bad: 'postgres://u:hunter2@127.0.0.1:1/db', code: 'unavailable' }]) {
      const opened = openStore({ url: bad });
      await expect(opened).rejects.toMatchObject({
        ...{ name: 'StoreError', code },
        message: expect.not.stringContaining('hunter2') as string,
      });
    }
  });

  test('ends a transaction that does nothing, so that a vanished node does not keep its locks', async () => {
    await using store = await openTestStore({ createDatabase });
    const { rows } = await sql<{ ms: string }>`
      select setting as ms from pg_settings where name = 'idle_in_transaction_session_timeout'`.execute(store.database);
    expect(Number(rows[0]?.ms)).toBe(30_000);
  });

  test('refuses a value that plain text cannot hold', async () => {
    await using store = await openTestStore({ createDatabase });
    await expect(store.settings.set('a\u0000', 1)).rejects.toMatchObject({ code: 'invalid_value' });
  });

  test('sorts ids and times byte by byte, whatever the locale of the server', async () => {
    await using store = await openTestStore({ createDatabase });
    for (const key of ['a', 'B', '_', 'ä', 'A']) await store.settings.set(key, 0);
    expect((await store.settings.list('')).map(({ key }) => key)).toEqual(['A', 'B', '_', 'a', 'ä']);
  });

  test('keeps the session row small to update: no index covers last_seq', async () => {
    await using store = await openTestStore({ createDatabase });
    const { rows } = await sql<{ indexdef: string }>`
      select indexdef from pg_indexes where tablename = 'sessions'`.execute(store.database);
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.filter((row) => /last_seq|lease/.test(row.indexdef))).toEqual([]);
  });
});
