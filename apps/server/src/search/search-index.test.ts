import { randomUUID } from 'node:crypto';

import { sql } from 'kysely';
import { expect, test } from 'vitest';

import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { parseQuery } from './parse-query.ts';
import { createSearchIndex } from './search-index.ts';

const NEVER = { after: () => () => undefined, every: () => () => undefined };

function openIndex(store: Store) {
  const failures: unknown[] = [];
  const logger = { warn: (...logged: unknown[]) => void failures.push(logged) };
  const index = createSearchIndex({ store, clock: { now: () => 0 }, logger: logger as never, timers: NEVER });
  return { index, failures };
}

async function create(store: Store, title: string | null): Promise<string> {
  const id = `sesn_${randomUUID()}`;
  await store.sessions.create({
    ...{ id, ownerId: 'ann', agentId: 'agent_1', agentVersion: 1, environmentId: 'env_1', title },
    ...{ permissionMode: 'default', agentSessionId: randomUUID() },
  });
  return id;
}

async function say(store: Store, sessionId: string, texts: string[]) {
  const { lease } = await store.leases.acquire({ sessionId, nodeId: 'node_1', ttlMs: 60_000 });
  const events = texts.map((text) => {
    const id = `sevt_${randomUUID()}`;
    return {
      id,
      type: 'user.message',
      body: { id, type: 'user.message' as const, content: [{ type: 'text' as const, text }] },
    };
  });
  await store.events.append(sessionId, lease.fence, events);
}

test('follows new events, titles and owners, and adds nothing twice', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const id = await create(store, "Crème d'été");
  const [one, two] = [openIndex(store), openIndex(store)];
  const find = async (query: string, ownerId = 'ann') =>
    (await store.search.find({ ownerId, sessionIds: [] }, parseQuery(query), 1000)).hits.length;
  await say(
    store,
    id,
    Array.from({ length: 45 }, (_, at) => `it's 100% \\ word ${at} of getUserId (src/app.ts)`),
  );
  one.index.note(id);
  two.index.note(id);
  await Promise.all([one.index.settle(), two.index.settle()]);
  expect(await find('word')).toBe(45);
  expect([await find('user'), await find('src/app.ts'), await find("'100%' | \\"), await find('o_ann')]).toEqual([
    45, 45, 45, 0,
  ]);
  expect(await find('ete creme')).toBe(1);
  await store.database.updateTable('sessions').set({ title: 'behind' }).where('id', '=', id).execute();
  await say(store, id, ['one more word']);
  one.index.note(id);
  await one.index.settle();
  expect([await find('word'), await find('creme'), await find('behind')]).toEqual([46, 0, 1]);
  await store.database.updateTable('sessions').set({ owner_id: 'bob' }).where('id', '=', id).execute();
  const left = await create(store, null);
  await say(store, left, ['what a dead server left']);
  one.index.start();
  await one.index.settle();
  expect([await find('word'), await find('word', 'bob'), await find('behind', 'bob'), await find('dead')]).toEqual([
    0, 46, 1, 1,
  ]);
  expect([...one.failures, ...two.failures]).toEqual([]);
});

test('goes on where events come while it reads, and where an earlier version had added more than it said', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const id = await create(store, 'title');
  const find = async (query: string) =>
    (await store.search.find({ ownerId: 'ann', sessionIds: [] }, parseQuery(query), 1000)).hits.length;
  const list: Store['events']['list'] = async (...args) => {
    await say(store, id, ['one word']);
    return store.events.list(...args);
  };
  const { index, failures } = openIndex({ ...store, events: { ...store.events, list } });
  index.note(id);
  await index.settle();
  const { index: next, failures: later } = openIndex(store);
  await sql`update search_progress set through_seq = 0 where session_id = ${id}`.execute(store.database);
  await say(store, id, ['another word']);
  next.note(id);
  await next.settle();
  expect([...failures, ...later]).toEqual([]);
  expect(await find('word')).toBe((await store.sessions.find(id))?.lastSeq);
});
