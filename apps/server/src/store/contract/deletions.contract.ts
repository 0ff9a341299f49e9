import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Store } from '../port.ts';
import type { Session } from '../sessions.ts';
import { createSession, newEvent, newEvents, newSession, openTestStore, type BackEnd } from './back-end.ts';

const EVENTS = 12_000;

/** Over 100 lines: a flat list of tests. */
export function describeDeletions(backEnd: BackEnd): void {
  test('lets nobody read a session that is deleted while its rows are there', async () => {
    await using store = await openTestStore(backEnd);
    const [gone, kept] = await Promise.all([fillSession(store, EVENTS), fillSession(store, 10)]);

    expect(await store.sessions.delete(gone.session.id)).toBe(true);
    expect(await store.sessions.delete(gone.session.id)).toBe(false);

    await expectGone(store, gone);
    await store.purgeDeleted();
    expect(await countRows(store, gone.session)).toEqual({ events: 0, entries: 0 });
    expect(await countRows(store, kept.session)).toEqual({ events: 10, entries: 10 });
    await expectGone(store, gone);
  });

  test('appends to others while it removes, and nothing to what is gone', async () => {
    await using store = await openTestStore(backEnd);
    const [gone, kept] = await Promise.all([fillSession(store, EVENTS), fillSession(store, 0)]);
    await store.sessions.delete(gone.session.id);
    const purging = new AbortController();
    const purged = store.purgeDeleted().finally(() => purging.abort());

    let appended = 0;
    while (!purging.signal.aborted) {
      expect(await store.events.append(kept.session.id, 0, newEvents(1))).toBe((appended += 1));
      await expect(store.events.append(gone.session.id, 0, newEvents(1))).rejects.toMatchObject({ code: 'not_found' });
    }
    await purged;
    expect(appended).toBeGreaterThan(1);
    expect(await countRows(store, gone.session)).toEqual({ events: 0, entries: 0 });
  });

  test('uses no id of a deleted session again, before and after its rows are removed', async () => {
    await using store = await openTestStore(backEnd);
    const { session } = await fillSession(store, 3);
    await store.sessions.delete(session.id);
    for (const given of [{ id: session.id }, { agentSessionId: session.agentSessionId }]) {
      const again = () => store.sessions.create(newSession(given));
      await expect(again()).rejects.toMatchObject({ code: 'conflict' });
      await store.purgeDeleted();
      await expect(again()).rejects.toMatchObject({ code: 'conflict' });
      await expect(store.transaction((tx) => tx.sessions.create(newSession(given)))).rejects.toMatchObject({
        code: 'conflict',
      });
    }
  });

  test('keeps a session whose deletion was rolled back', async () => {
    await using store = await openTestStore(backEnd);
    const { session, eventId } = await fillSession(store, 3);
    const rolledBack = store.transaction(async (tx) => {
      await tx.sessions.delete(session.id);
      expect(await tx.events.find(session.id, eventId)).toBeUndefined();
      throw new Error('no');
    });
    await expect(rolledBack).rejects.toThrow('no');
    await store.purgeDeleted();
    expect((await store.events.readAfter(session.id, 0, 10)).length).toBe(3);
    expect(await countRows(store, session)).toEqual({ events: 3, entries: 3 });
  });

  test('removes after a transaction what was deleted in it', async () => {
    await using store = await openTestStore(backEnd);
    const filled = await Promise.all([fillSession(store, 3), fillSession(store, 3)]);
    await store.transaction(async (tx) => {
      for (const { session } of filled) await tx.sessions.delete(session.id);
    });
    await store.purgeDeleted();
    for (const { session } of filled) expect(await countRows(store, session)).toEqual({ events: 0, entries: 0 });
  });

  test('goes on with the next start where a killed one had stopped, and lets nobody read the rest', async () => {
    await using first = await openTestStore(backEnd);
    const gone = await fillSession(first, EVENTS);
    const program = join(import.meta.dirname, '..', 'fixtures', 'delete-until-killed.ts');
    const child = spawn(process.execPath, [program, first.url, gone.session.id], { stdio: 'inherit' });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);

    const { events: left } = await countRows(first, gone.session);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(EVENTS);
    await expectGone(first, gone);

    await first.purgeDeleted();
    expect(await countRows(first, gone.session)).toEqual({ events: 0, entries: 0 });
    await expectGone(first, gone);
  });

  test('stops removing when the store is closed, and goes on with the next', async () => {
    const url = await backEnd.createDatabase();
    const atUrl = { createDatabase: () => Promise.resolve(url) };
    let filled: Filled;
    {
      await using store = await openTestStore(atUrl);
      filled = await fillSession(store, EVENTS);
      await store.sessions.delete(filled.session.id);
    }
    await using store = await openTestStore(atUrl);
    await expectGone(store, filled);
    await store.purgeDeleted();
    expect(await countRows(store, filled.session)).toEqual({ events: 0, entries: 0 });
  });
}

interface Filled {
  session: Session;
  eventId: string;
}

/** A session with so many events and entries of its transcript. */
async function fillSession(store: Store, count: number): Promise<Filled> {
  const session = await createSession(store);
  const events = newEvents(count);
  await store.events.append(session.id, 0, events);
  const entries = events.map(({ id }) => ({ type: 'user', uuid: id }));
  await store.transcripts.append({ sessionId: session.agentSessionId }, entries);
  return { session, eventId: events[0]?.id ?? newEvent().id };
}

async function expectGone(store: Store, { session, eventId }: Filled): Promise<void> {
  const { id, agentSessionId } = session;
  expect(await store.sessions.find(id)).toBeUndefined();
  expect(await store.sessions.findByAgentSessionId(agentSessionId)).toBeUndefined();
  expect(await store.events.readAfter(id, 0, 10)).toEqual([]);
  expect(await store.events.readTextAfter(id, 0, { limit: 10, maxBytes: 10 })).toEqual({ events: [], hasMore: false });
  expect(await store.events.readBefore(id, null, 10)).toEqual([]);
  expect(await store.events.list(id, { limit: 10 })).toEqual([]);
  expect(await store.events.listThreadEvents(id, { after: 0, limit: 10 })).toEqual([]);
  expect(await store.events.find(id, eventId)).toBeUndefined();
  expect(await store.transcripts.load({ sessionId: agentSessionId })).toBeNull();
  expect(await store.transcripts.has({ sessionId: agentSessionId })).toBe(false);
  expect(await store.transcripts.hasUuid({ sessionId: agentSessionId }, eventId)).toBe(false);
  expect(await store.transcripts.listSubkeys({ sessionId: agentSessionId })).toEqual([]);
  const fork = await createSession(store);
  const options = { fromSessionId: id, toSessionId: fork.id, afterSeq: 0, throughSeq: 10 };
  expect(await store.events.copy(options)).toBe(0);
}

/** What stands in the tables, whether it may be read or not. */
async function countRows({ database }: Store, { id, agentSessionId }: Session) {
  const count = async (rows: Promise<readonly unknown[]>) => (await rows).length;
  return {
    events: await count(database.selectFrom('events').select('seq').where('session_id', '=', id).execute()),
    entries: await count(
      database
        .selectFrom('transcript_entries')
        .select('position')
        .where('agent_session_id', '=', agentSessionId)
        .execute(),
    ),
  };
}
