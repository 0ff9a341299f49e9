import { describe, expect, it } from 'vitest';

import { createSession, newEvents, openTestStore, type TestStore } from '../store/contract/back-end.ts';
import type { Definition } from '../store/definitions.ts';
import { listExpiredSessions, listUsedEnvironments } from '../store/expired-sessions.ts';
import { createLogger } from '../telemetry/logger.ts';
import { toRetentionDays } from './retention-days.ts';
import { createRetention, type RetentionDeps } from './retention.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const START_MS = Date.parse('2026-02-01T12:00:00.000Z');

/** Retention on a real store, `passed` days after its sessions were made. */
function openRetention(store: TestStore, days: Record<string, number>, given: Partial<RetentionDeps> = {}) {
  let passedMs = 0;
  const deleted: string[] = [];
  const retention = createRetention({
    listEnvironments: () => listUsedEnvironments(store),
    retentionDaysOf: async (environmentId) => days[environmentId] ?? 0,
    listExpired: (options) => listExpiredSessions(store, options),
    async deleteSession({ id }) {
      await store.sessions.delete(id);
      deleted.push(id);
      return true;
    },
    clock: { now: () => START_MS + passedMs },
    logger: createLogger({ level: 'silent' }),
    ...given,
  });
  const pass = (dayCount: number) => {
    passedMs += dayCount * DAY_MS;
    store.advance(dayCount * DAY_MS);
  };
  return { retention, deleted, pass };
}

const open = () => openTestStore({ createDatabase: () => Promise.resolve('sqlite::memory:') });

describe('retention', () => {
  it('deletes whole sessions that nobody touched for as long as their environment says, and no others', async () => {
    await using store = await open();
    const { retention, deleted, pass } = openRetention(store, { env_short: 7, env_long: 30 });
    const old = await createSession(store, { environmentId: 'env_short' });
    await store.events.append(old.id, 0, newEvents(3));
    const kept = await createSession(store, { environmentId: 'env_long' });
    const forEver = await createSession(store, { environmentId: 'env_for_ever' });
    const running = await createSession(store, { environmentId: 'env_short', status: 'running' });
    const used = await createSession(store, { environmentId: 'env_short' });
    pass(6);
    await store.sessions.update(used.id, { stopReason: { type: 'end_turn' } });
    pass(2);

    expect(await retention.sweep()).toBe(1);
    expect(deleted).toEqual([old.id]);
    expect(await store.events.readAfter(old.id, 0, 10)).toEqual([]);
    for (const { id } of [kept, forEver, running, used]) expect(await store.sessions.find(id)).toBeDefined();

    pass(30);
    expect(await retention.sweep()).toBe(2);
    expect(deleted).toEqual(expect.arrayContaining([kept.id, used.id]));
  });

  it('goes on behind a session that cannot be deleted, over several batches', async () => {
    await using store = await open();
    const sessions = await Promise.all(Array.from({ length: 120 }, () => createSession(store)));
    const stuck = sessions[3]?.id;
    const { retention, pass } = openRetention(
      store,
      { env_1: 1 },
      {
        async deleteSession({ id }) {
          if (id === stuck) throw new Error('busy');
          await store.sessions.delete(id);
          return true;
        },
      },
    );
    pass(2);
    expect(await retention.sweep()).toBe(119);
    expect(await store.sessions.find(stuck ?? '')).toBeDefined();
  });

  it('stops after the session at hand when it is closed', async () => {
    await using store = await open();
    await Promise.all(Array.from({ length: 10 }, () => createSession(store)));
    const deleted: string[] = [];
    const { retention, pass } = openRetention(
      store,
      { env_1: 1 },
      {
        async deleteSession({ id }) {
          deleted.push(id);
          void retention.close();
          return true;
        },
      },
    );
    pass(2);
    await retention.sweep();
    await retention.close();
    expect(deleted.length).toBe(1);
  });
});

describe('the days of an environment', () => {
  const environment = (scope: Definition['scope'], days?: string): Definition => ({
    id: 'env_1',
    version: 1,
    name: 'e',
    ownerId: null,
    scope,
    definition: {
      description: null,
      networking: 'unrestricted',
      metadata: days === undefined ? {} : { event_retention_days: days },
    },
    createdAt: '',
    firstCreatedAt: '',
    archivedAt: null,
  });

  it('are its own for the organization, and only shorter than the default for one account', () => {
    expect(toRetentionDays(undefined, 30)).toBe(30);
    expect(toRetentionDays(environment('organization'), 30)).toBe(30);
    expect(toRetentionDays(environment('organization', '365'), 30)).toBe(365);
    expect(toRetentionDays(environment('organization', '0'), 30)).toBe(0);
    expect(toRetentionDays(environment('account', '365'), 30)).toBe(30);
    expect(toRetentionDays(environment('account', '0'), 30)).toBe(30);
    expect(toRetentionDays(environment('account', '7'), 30)).toBe(7);
    expect(toRetentionDays(environment('account', '7'), 0)).toBe(7);
    expect(toRetentionDays(environment('organization', 'soon'), 30)).toBe(30);
  });
});
