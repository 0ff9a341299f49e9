import fc from 'fast-check';
import { expect, test } from 'vitest';

import { listModelRequests } from '../fixtures/list-model-requests.ts';
import type { SessionListOptions, SessionPage } from '../session-list.ts';
import { NO_USAGE, type Session, type SessionPatch } from '../sessions.ts';
import { createSession, newEvents, newSession, openTestStore, type BackEnd, type TestStore } from './back-end.ts';

/** Over 300 lines: a flat list of tests. */
export function describeSessions(backEnd: BackEnd): void {
  test('refuses an id or a filter with U+0000 alike on every back end', async () => {
    await using store = await openTestStore(backEnd);
    const refusal = { code: 'invalid_value', message: expect.stringContaining('U+0000') as string };
    await expect(store.sessions.find('sesn_\u0000')).rejects.toMatchObject(refusal);
    await expect(store.sessions.list({ ownerId: 'user_\u0000', limit: 1 })).rejects.toMatchObject(refusal);
    await expect(store.files.find('file_\u0000')).rejects.toMatchObject(refusal);
  });

  test('creates a session that is idle, empty and without a turn', async () => {
    await using store = await openTestStore(backEnd);
    const given = newSession({ title: 'First', titleSource: 'user', model: 'opus', metadata: { team: 'red' } });

    const session = await store.sessions.create(given);

    expect(session).toEqual({
      ...given,
      budgetMicroUsd: null,
      deploymentId: null,
      status: 'idle',
      agent: null,
      vaultIds: [],
      resources: [],
      stopReason: null,
      parentSessionId: null,
      pinnedAt: null,
      lastSeq: 0,
      usage: NO_USAGE,
      createdAt: '2026-02-01T12:00:00.000Z',
      updatedAt: '2026-02-01T12:00:00.000Z',
      archivedAt: null,
    });
    expect(await store.sessions.find(session.id)).toEqual(session);
    expect(await store.sessions.findByAgentSessionId(session.agentSessionId)).toEqual(session);
    expect(await store.sessions.find('sesn_none')).toBeUndefined();
  });

  test('refuses an id, and an agent session id, that exists', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store);
    await expect(createSession(store, { id: session.id })).rejects.toMatchObject({ code: 'conflict' });
    const twin = createSession(store, { agentSessionId: session.agentSessionId });
    await expect(twin).rejects.toMatchObject({ code: 'conflict' });
  });

  test('updates what the patch names, and the time of change', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store, { title: 'Before' });
    store.advance(1000);

    const patch: SessionPatch = {
      ownerId: 'user_9',
      title: 'After',
      titleSource: 'auto',
      status: 'running',
      stopReason: { type: 'requires_action', event_ids: ['sevt_1'] },
      model: 'haiku',
      permissionMode: 'plan',
      metadata: { a: '1' },
      pinnedAt: '2026-02-01T12:00:00.500Z',
      archivedAt: '2026-02-01T12:00:00.600Z',
      usage: { ...NO_USAGE, inputTokens: 5_000_000_000, costUsd: 0.125 },
    };
    const updated = await store.sessions.update(session.id, patch);

    expect(updated).toEqual({ ...session, ...patch, updatedAt: '2026-02-01T12:00:01.000Z' });
    expect(await store.sessions.find(session.id)).toEqual(updated);
    const cleared = await store.sessions.update(session.id, { title: null, stopReason: null, pinnedAt: null });
    expect(cleared).toEqual({ ...updated, title: null, stopReason: null, pinnedAt: null });
  });

  test('leaves the time of change when a session is only named, pinned or archived', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store, { title: 'Before' });
    store.advance(1000);

    await store.sessions.update(session.id, { title: 'After', titleSource: 'user' });
    await store.sessions.update(session.id, { pinnedAt: '2026-02-01T12:00:00.500Z' });
    const filed = await store.sessions.update(session.id, { archivedAt: '2026-02-01T12:00:00.600Z' });

    expect(filed).toMatchObject({ title: 'After', updatedAt: session.updatedAt });
    expect((await store.sessions.update(session.id, { status: 'running' })).updatedAt).not.toBe(session.updatedAt);
  });

  test('refuses an update with a stale fence, and of a session that is not there', async () => {
    await using store = await openTestStore(backEnd);
    const { id } = await createSession(store);
    await store.leases.acquire({ sessionId: id, nodeId: 'node_1', ttlMs: 1000 });

    const stale = store.sessions.update(id, { status: 'running' }, { fence: 0 });

    await expect(stale).rejects.toMatchObject({
      name: 'StaleFenceError',
      code: 'stale_fence',
      fence: 0,
      currentFence: 1,
    });
    expect((await store.sessions.find(id))?.status).toBe('idle');
    expect((await store.sessions.update(id, { status: 'running' }, { fence: 1 })).status).toBe('running');
    await expect(store.sessions.update('sesn_none', {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.sessions.update('sesn_none', {}, { fence: 1 })).rejects.toMatchObject({ code: 'not_found' });
  });

  test('keeps titles that a plain text column could not hold, without U+0000 and lone surrogates', async () => {
    await using store = await openTestStore(backEnd);
    const session = await createSession(store, { title: 'a\u0000b\ud800c 🎉' });
    expect(session.title).toBe('ab\ufffdc 🎉');
    expect(await store.sessions.find(session.id)).toEqual(session);
  });

  test('lists by owner, without archived ones unless asked', async () => {
    await using store = await openTestStore(backEnd);
    const mine = await createSession(store);
    const archived = await createSession(store);
    await store.sessions.update(archived.id, { archivedAt: '2026-02-01T12:00:00.000Z' });
    const theirs = await createSession(store, { ownerId: 'user_2' });
    const ids = async (options: { ownerId: string | null; includeArchived?: boolean }) =>
      (await store.sessions.list({ ...options, limit: 10 })).sessions.map((session) => session.id).toSorted();

    expect(await ids({ ownerId: 'user_1' })).toEqual([mine.id]);
    expect(await ids({ ownerId: 'user_1', includeArchived: true })).toEqual([mine.id, archived.id].toSorted());
    expect(await ids({ ownerId: null })).toEqual([mine.id, theirs.id].toSorted());
    expect([await store.sessions.count('user_1'), await store.sessions.count('user_2')]).toEqual([2, 1]);
  });

  test('finds titles by any part, in any case and alphabet, and takes wildcards literally', async () => {
    await using store = await openTestStore(backEnd);
    for (const title of ['Über das Meer', '100% done', 'snake_case', 'Wow!', 'ПРИВЕТ мир', null]) {
      await createSession(store, { title });
    }
    const titles = async (search: string) =>
      (await store.sessions.list({ ownerId: null, search, limit: 10 })).sessions.map((session) => session.title);

    expect(await titles('über')).toEqual(['Über das Meer']);
    expect(await titles('ÜBER DAS')).toEqual(['Über das Meer']);
    expect(await titles('0%')).toEqual(['100% done']);
    expect(await titles('e_c')).toEqual(['snake_case']);
    expect(await titles('w!')).toEqual(['Wow!']);
    expect(await titles('привет')).toEqual(['ПРИВЕТ мир']);
    expect(await titles('a%e')).toEqual([]);
    expect(await titles('\\')).toEqual([]);
    expect(await titles('\u0000')).toHaveLength(5);
  });

  test('filters by agent, status, pin and time of creation', async () => {
    await using store = await openTestStore(backEnd);
    const first = await createSession(store, { agentId: 'agent_2' });
    store.advance(1000);
    const second = await createSession(store, { status: 'running' });
    await store.sessions.update(second.id, { pinnedAt: '2026-02-01T12:00:01.000Z' });
    const ids = async (options: object) =>
      (await store.sessions.list({ ownerId: null, limit: 10, ...options })).sessions.map((session) => session.id);

    expect(await ids({ agentId: 'agent_2' })).toEqual([first.id]);
    expect(await ids({ statuses: ['running'] })).toEqual([second.id]);
    expect(await ids({ statuses: [] })).toHaveLength(2);
    expect(await ids({ pinned: true })).toEqual([second.id]);
    expect(await ids({ pinned: false })).toEqual([first.id]);
    expect(await ids({ createdFrom: second.createdAt })).toEqual([second.id]);
    expect(await ids({ createdBefore: second.createdAt })).toEqual([first.id]);
  });

  test('pages through every session exactly once, there and back, also where times are equal', async () => {
    await using store = await openTestStore(backEnd);
    let owner = 0;
    const pages = fc.record({
      gaps: fc.array(fc.constantFrom(0, 0, 1, 60_000), { maxLength: 12 }),
      limit: fc.integer({ min: 1, max: 5 }),
      order: fc.constantFrom('asc', 'desc'),
      sortBy: fc.constantFrom('createdAt', 'updatedAt'),
    });
    await fc.assert(
      fc.asyncProperty(pages, async ({ gaps, ...options }) => {
        const ownerId = `owner_${(owner += 1)}`;
        const created: Session[] = [];
        for (const gap of gaps) {
          store.advance(gap);
          created.push(await createSession(store, { ownerId }));
        }
        const byTimeAndId = (a: Session, b: Session) => (a.createdAt + a.id < b.createdAt + b.id ? -1 : 1);
        const expected = created.toSorted(byTimeAndId);
        if (options.order === 'desc') expected.reverse();
        const there = await readPages(store, { ownerId, ...options }, 'nextCursor');
        expect(there.flatMap(toIds)).toEqual(expected.map(({ id }) => id));
        const from = there.at(-1)?.previousCursor ?? null;
        const back = from === null ? [] : await readPages(store, { ownerId, ...options }, 'previousCursor', from);
        expect(back.toReversed().map(toIds)).toEqual(there.slice(0, -1).map(toIds));
        expect(back.every(({ nextCursor }) => nextCursor !== null)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test('does not repeat or skip when rows are added between two pages', async () => {
    await using store = await openTestStore(backEnd);
    const old = [];
    for (let index = 0; index < 4; index += 1) {
      old.push((await createSession(store)).id);
      store.advance(1);
    }
    const first = await store.sessions.list({ ownerId: null, limit: 2, sortBy: 'createdAt' });
    await createSession(store);
    const second = await store.sessions.list({
      ownerId: null,
      limit: 2,
      sortBy: 'createdAt',
      cursor: first.nextCursor,
    });

    const seen = [...first.sessions, ...second.sessions].map((session) => session.id);
    expect(seen).toEqual(old.toReversed());
    expect(second.nextCursor).toBeNull();
  });

  test.each(['x', '-', '-x', '!!', 'WzFd', 'WyJhIiwyXQ', 'WyJcdTAwMDAiLCJiIl0'])(
    'refuses the cursor %j',
    async (cursor) => {
      await using store = await openTestStore(backEnd);
      const page = store.sessions.list({ ownerId: null, limit: 1, cursor });
      await expect(page).rejects.toMatchObject({ code: 'invalid_cursor' });
    },
  );

  test('lists by status, oldest change first', async () => {
    await using store = await openTestStore(backEnd);
    const running = await createSession(store, { status: 'running' });
    store.advance(1);
    const rescheduling = await createSession(store, { status: 'rescheduling' });
    store.advance(1);
    await createSession(store);
    const touched = await store.sessions.update(running.id, {});

    expect(await store.sessions.listByStatus(['running', 'rescheduling'])).toEqual([rescheduling, touched]);
    expect(await store.sessions.listByStatus([])).toEqual([]);
  });

  test('deletes a session with all that belongs to it, and only that', async () => {
    await using store = await openTestStore(backEnd);
    const [gone, kept] = await Promise.all([fillSession(store), fillSession(store)]);

    expect(await store.sessions.delete(gone.id)).toBe(true);
    expect(await store.sessions.delete(gone.id)).toBe(false);

    expect(await countRows(store, gone)).toEqual({ events: 0, queue: 0, approvals: 0, transcripts: 0, usage: 1 });
    expect(await countRows(store, kept)).toEqual({ events: 3, queue: 1, approvals: 1, transcripts: 2, usage: 1 });
  });
}

const toIds = ({ sessions }: SessionPage) => sessions.map(({ id }) => id);

async function readPages(
  store: TestStore,
  options: Omit<SessionListOptions, 'cursor'>,
  follow: 'nextCursor' | 'previousCursor',
  from: string | null = null,
): Promise<SessionPage[]> {
  const pages: SessionPage[] = [];
  let cursor = from;
  do {
    const page = await store.sessions.list({ ...options, cursor });
    expect(page.sessions.length).toBeLessThanOrEqual(options.limit);
    pages.push(page);
    cursor = page[follow];
  } while (cursor !== null);
  return pages;
}

async function fillSession(store: TestStore): Promise<Session> {
  const session = await createSession(store);
  const events = newEvents(3);
  const eventId = events[0]?.id ?? '';
  await store.events.append(session.id, 0, events);
  await store.queue.enqueue({ eventId, sessionId: session.id, seq: 1, content: [], agentMessageUuid: 'uuid' });
  await store.approvals.open({
    kind: 'approval',
    id: eventId,
    sessionId: session.id,
    toolUseId: 't',
    toolName: 'Bash',
    plugin: null,
    input: {},
    inputSha256: null,
    title: 'Run',
    reason: null,
    expiresAt: null,
    fourEyes: null,
  });
  await store.transcripts.append({ sessionId: session.agentSessionId }, [{ type: 'user', uuid: 'u' }]);
  await store.transcripts.append({ sessionId: session.agentSessionId, subpath: 'sub' }, [{ type: 'user', uuid: 'u' }]);
  await store.usage.append({
    id: `req_${session.id}`,
    sessionId: session.id,
    ownerId: session.ownerId,
    agentId: null,
    turn: 1,
    cause: 'agent',
    model: 'm',
    inputTokens: 1,
    outputTokens: 1,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
    cacheWrite1hTokens: 0,
    webSearches: 0,
    costMicroUsd: 1,
    priceVersion: null,
    statusCode: 200,
    isError: false,
    durationMs: 1,
  });
  return session;
}

async function countRows(store: TestStore, { id, agentSessionId }: Session) {
  const main = await store.transcripts.load({ sessionId: agentSessionId });
  const subkeys = await store.transcripts.listSubkeys({ sessionId: agentSessionId });
  return {
    events: (await store.events.readAfter(id, 0, 10)).length,
    queue: (await store.queue.listOpen(id)).length,
    approvals: (await store.approvals.listPending({ sessionId: id })).length,
    transcripts: (main?.length ?? 0) + subkeys.length,
    usage: (await listModelRequests(store, id)).length,
  };
}
