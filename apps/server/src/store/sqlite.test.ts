import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createSession, newEvent, openTestStore } from './contract/back-end.ts';
import { describeStore } from './contract/store.contract.ts';
import { openStore } from './open-store.ts';
import type { Store } from './port.ts';
import { IS_THREAD_EVENT } from './thread-events.ts';

let folder: string;
let count = 0;
const createDatabase = (): Promise<string> => Promise.resolve(`sqlite:${join(folder, `store-${(count += 1)}.db`)}`);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'csp-sqlite-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('SQLite', () => {
  describeStore({ createDatabase });
});

describe('a SQLite file', () => {
  test('makes its folder, and can be read by its owner only', async () => {
    const path = join(folder, 'deep', 'er', 'store.db');
    await using store = await openStore({ url: `sqlite:${path}` });
    await createSession(store);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('writes ahead, leaves flushing to the thread pool, and keeps foreign keys', async () => {
    await using store = await openTestStore({ createDatabase });
    expect(await pragma(store, 'journal_mode')).toBe('wal');
    // NORMAL: `write-ahead-sync.ts` flushes what is acknowledged.
    expect(await pragma(store, 'synchronous')).toBe(1);
    expect(await pragma(store, 'foreign_keys')).toBe(1);
    expect(await pragma(store, 'busy_timeout')).toBeGreaterThan(0);
  });

  test('finds a page of a journal by its index, without sorting, in both directions', async () => {
    await using store = await openTestStore({ createDatabase });
    for (const page of ['seq > 5 order by seq', 'seq < 5 order by seq desc']) {
      const query = sql`explain query plan select * from events where session_id = 'x' and ${sql.raw(page)} limit 10`;
      const { rows } = await sql<{ detail: string }>`${query}`.execute(store.database);
      expect(rows.map(({ detail }) => detail)).toEqual([
        expect.stringMatching(/^SEARCH events USING INDEX \S+ \(session_id=\? AND seq[<>]\?\)$/),
      ]);
    }
  });

  test('finds what tells of subagents by an index of its own', async () => {
    await using store = await openTestStore({ createDatabase });
    const query = sql`explain query plan select * from events where session_id = 'x' and ${IS_THREAD_EVENT} and seq > 5
      order by seq limit 10`;
    const { rows } = await sql<{ detail: string }>`${query}`.execute(store.database);
    expect(rows.map(({ detail }) => detail)).toEqual([
      'SEARCH events USING INDEX events_threads_idx (session_id=? AND seq>?)',
    ]);
  });

  test('says that a file is not a database', async () => {
    const path = join(folder, 'text.db');
    await writeFile(path, 'this is not a database, '.repeat(100));
    const opened = openStore({ url: `sqlite:${path}` });
    await expect(opened).rejects.toMatchObject({ code: 'corrupt', message: expect.stringContaining(path) as string });
  });

  test('says that a path cannot be opened', async () => {
    const path = join(folder, 'directory.db');
    await mkdir(path);
    const opened = openStore({ url: `sqlite:${path}` });
    await expect(opened).rejects.toMatchObject({
      code: 'cannot_open',
      message: expect.stringContaining(path) as string,
    });
  });

  test('refuses a URL of another kind without repeating it', async () => {
    const opened = openStore({ url: 'mysql://user:secret@host/db' });
    await expect(opened).rejects.toMatchObject({
      code: 'cannot_open',
      message: expect.not.stringContaining('secret') as string,
    });
  });

  test('says that the disk is full, stores nothing of that write and goes on afterwards', async () => {
    await using store = await openTestStore({ createDatabase });
    const { id } = await createSession(store);
    const pages = Number(await pragma(store, 'page_count'));
    await pragma(store, `max_page_count = ${pages}`);

    const big = store.events.append(id, 0, [newEvent('x'.repeat(1_000_000))]);
    await expect(big).rejects.toMatchObject({ name: 'StoreError', code: 'disk_full' });

    await pragma(store, 'max_page_count = 1000000');
    expect(await store.events.append(id, 0, [newEvent('x'.repeat(1_000_000))])).toBe(1);
  });

  test('keeps every acknowledged append, without gaps, when its process is killed at any time', async () => {
    const url = await createDatabase();
    let sessionId = '';
    {
      await using store = await openStore({ url });
      sessionId = (await createSession(store)).id;
    }
    let acknowledged = 0;
    for (const appends of [1, 40, 150]) {
      acknowledged = await appendAndKill(url, { sessionId, appends });
      await using store = await openStore({ url });
      await expectGapless(store, { sessionId, atLeast: acknowledged });
      expect(await pragma(store, 'integrity_check')).toBe('ok');
    }
  });

  test('lets everything else go on while another process holds it', async () => {
    const url = await createDatabase();
    await using store = await openStore({ url });
    const { id } = await createSession(store);
    const other = await lockElsewhere(url);
    const appending = store.events.append(id, 0, [newEvent('x')]);
    const reading = store.sessions.find(id);
    // Nothing but this process tells the other one to let go: a wait in the event loop would last to its end.
    await other.release();
    expect(await appending).toBe(1);
    expect(await reading).toMatchObject({ id });
  });

  test('refuses all who wait once patience has ended, and goes on by itself', async () => {
    const url = await createDatabase();
    await using store = await openStore({ url, busyPatienceMs: 200 });
    const { id } = await createSession(store);
    const other = await lockElsewhere(url);
    const appends = Array.from({ length: 20 }, () => store.events.append(id, 0, [newEvent('x')]));
    for (const { status, ...outcome } of await Promise.allSettled(appends)) {
      expect(status).toBe('rejected');
      expect(outcome).toMatchObject({ reason: { name: 'StoreError', code: 'busy' } });
    }
    await other.release();
    expect(await store.events.append(id, 0, [newEvent('x')])).toBe(1);
  });

  test('is shared by two processes without gaps, from the first migration on', async () => {
    const url = await createDatabase();
    const session = { id: 'sesn_shared', agentSessionId: 'shared' };
    // The first child to come may find no schema, no session: both start at once, on an empty file.
    const openers = Array.from({ length: 2 }, async () => {
      const child = startAppender(url, { sessionId: session.id, limit: 0 });
      expect(await once(child, 'exit')).toEqual([0, null]);
    });
    await Promise.all(openers);
    {
      await using store = await openStore({ url });
      await createSession(store, session);
    }
    const appenders = Array.from({ length: 2 }, async () => {
      const child = startAppender(url, { sessionId: session.id, limit: 200 });
      child.stdout.resume();
      expect(await once(child, 'exit')).toEqual([0, null]);
    });
    await Promise.all(appenders);

    await using store = await openStore({ url });
    await expectGapless(store, { sessionId: session.id, atLeast: 400 });
  });
});

async function pragma(store: Store, text: string): Promise<unknown> {
  const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(text)}`.execute(store.database);
  return Object.values(rows[0] ?? {})[0];
}

async function lockElsewhere(url: string): Promise<{ release(): Promise<void> }> {
  const child = fork(join(import.meta.dirname, 'fixtures', 'hold-lock.ts'), [url.replace('sqlite:', '')]);
  expect(await once(child, 'message')).toEqual(['held', undefined]);
  return {
    async release() {
      const exited = once(child, 'exit');
      child.send('let go');
      await exited;
    },
  };
}

function startAppender(url: string, { sessionId, limit }: { sessionId: string; limit: number }) {
  const program = join(import.meta.dirname, 'fixtures', 'append-until-killed.ts');
  return spawn(process.execPath, [program, url, sessionId, String(limit)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Kills an appending process after `appends` acknowledgements, and answers the last `seq` that it acknowledged. */
async function appendAndKill(url: string, options: { sessionId: string; appends: number }): Promise<number> {
  const child = startAppender(url, { sessionId: options.sessionId, limit: 1_000_000 });
  const exited = once(child, 'exit');
  let last = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    lines += 1;
    if (lines === options.appends) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return last;
}

async function expectGapless(store: Store, options: { sessionId: string; atLeast: number }): Promise<void> {
  const lastSeq = (await store.sessions.find(options.sessionId))?.lastSeq ?? 0;
  const events = await store.events.readAfter(options.sessionId, 0, lastSeq + 10);
  expect(lastSeq).toBeGreaterThanOrEqual(options.atLeast);
  expect(events.map((event) => event.seq)).toEqual(Array.from({ length: lastSeq }, (_, index) => index + 1));
}
