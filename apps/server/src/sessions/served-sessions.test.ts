import { setTimeout as delay } from 'node:timers/promises';

import type { PreviewEvent } from '@claude-sdk-pattern/protocol';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it, vi } from 'vitest';

import { createSession } from '../store/contract/back-end.ts';
import { openStore } from '../store/open-store.ts';
import { LEASE_MS } from './live/open-live-session.ts';
import { openSessions } from './fixtures/sessions-harness.ts';

it('opens no session once it stops, and closes the one that was being opened', async () => {
  await using sessions = await openSessions();
  const { served, store } = sessions;
  const early = await createSession(store);
  const late = await createSession(store);
  const opening = served.get(early.id);
  const stopping = served.stop({ graceMs: 0 });
  await expect(served.get(late.id)).rejects.toMatchObject({ code: 'stopping', retryAfterMs: 2000 });
  const live = await opening;
  await stopping;
  await expect(live.notify('info', 'Too late')).rejects.toMatchObject({ code: 'stopping' });
  expect(await sessions.listTypes(early.id)).toEqual([]);
});

it('opens an evicted session again only when its eviction is complete', async () => {
  await using sessions = await openSessions();
  const { served, store } = sessions;
  const { id } = await createSession(store);
  const live = await served.get(id);
  const gate = Promise.withResolvers<void>();
  const evicting = served.evict(live, () => gate.promise);
  const next = served.get(id);
  expect(served.find(id)).toBeUndefined();
  expect(await served.evict(live, () => Promise.reject(new Error('Twice')))).toBe(false);
  gate.resolve();
  expect(await evicting).toBe(true);
  const opened = await next;
  expect(opened).not.toBe(live);
  expect(opened.fence).toBeGreaterThan(live.fence);
});

it('can open a session again whose eviction has failed', async () => {
  await using sessions = await openSessions();
  const { served, store } = sessions;
  const { id } = await createSession(store);
  const evicting = served.evict(await served.get(id), () => Promise.reject(new Error('The store is away')));
  await expect(evicting).rejects.toThrow('The store is away');
  expect((await served.get(id)).session.id).toBe(id);
});

it('recovers a session with an open turn before anybody speaks to it, and only once', async () => {
  await using sessions = await openSessions();
  const { served, store } = sessions;
  const { id } = await createSession(store);
  const { lease } = await store.leases.acquire({ sessionId: id, nodeId: 'node_1', ttlMs: 1000 });
  await store.sessions.update(id, { status: 'running', stopReason: null }, { fence: lease.fence });
  const live = await served.get(id);
  expect(live.session).toMatchObject({ status: 'idle', stopReason: { type: 'end_turn' } });
  await live.notify('info', 'Hello');
  await live.recover();
  expect(await sessions.listTypes(id)).toEqual(['session.notice', 'session.status_idle', 'session.notice']);
});

it('recovers the other sessions while the recovery of one hangs', async () => {
  await using sessions = await openSessions();
  const { served, store } = sessions;
  const [first, hanging, last] = [await createSession(store), await createSession(store), await createSession(store)];
  const live = await served.get(hanging.id);
  for (const { id } of [first, hanging, last]) {
    const { lease } = await store.leases.acquire({ sessionId: id, nodeId: 'node_1', ttlMs: 1000 });
    await store.sessions.update(id, { status: 'running', stopReason: null }, { fence: lease.fence });
  }
  const gate = Promise.withResolvers<void>();
  const evicting = served.evict(live, () => gate.promise);
  const starting = served.start();
  const isIdle = async (id: string) => (await store.sessions.find(id))?.status === 'idle';
  await until('the others are recovered', async () => (await isIdle(first.id)) && (await isIdle(last.id)));
  expect(await isIdle(hanging.id)).toBe(false);
  gate.resolve();
  await Promise.all([evicting, starting]);
  expect(await isIdle(hanging.id)).toBe(true);
});

it('stops serving a session whose lease another server has taken', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    await using sessions = await openSessions();
    const { served, store } = sessions;
    const { journal } = sessions.deps;
    const [{ id: lost }, { id: kept }] = [await createSession(store), await createSession(store)];
    await served.start();
    const live = await served.get(lost);
    await served.get(kept);
    journal.preview(lost, { type: 'event_start', event: { id: 'sevt_cut', type: 'agent.message' } });
    await store.leases.acquire({ sessionId: lost, nodeId: 'node_2', ttlMs: 60_000, force: true });
    vi.advanceTimersByTime(LEASE_MS / 4);
    await until('it is evicted', () => served.find(lost) === undefined);
    expect(served.find(kept)).toBeDefined();
    await expect(live.notify('info', 'Too late')).rejects.toMatchObject({ code: 'stopping' });
    await expect(served.get(lost)).rejects.toMatchObject({ code: 'state_conflict', retryAfterMs: 5000 });
    // Whoever attaches here reads what the other server stores, and gets nothing of the message that was cut off.
    const previews: PreviewEvent[] = [];
    journal.subscribe(lost, 0, {
      onEvents: () => undefined,
      onPreview: (preview) => void previews.push(preview),
      waitUntilWritable: () => Promise.resolve(),
      onFailure: () => undefined,
    });
    journal.preview(lost, { type: 'queue_position', position: 1 });
    await until('the newest preview', () => previews.some(({ type }) => type === 'queue_position'));
    expect(previews).toEqual([{ type: 'queue_position', position: 1 }]);
  } finally {
    vi.useRealTimers();
  }
});

it('ends what writes shared files before another server can have the session, where leases cannot be renewed', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  let uptimeMs = 0;
  const clock = { now: () => Date.now(), uptimeMs: () => uptimeMs };
  const leases = { ...store.leases, renew: () => Promise.reject(new Error('The database is away')) };
  await using sessions = await openSessions({ store: { ...store, leases }, clock, placeId: 'place_1' });
  const { served, deps } = sessions;
  const { id } = await createSession(store);
  const live = await served.get(id);
  let ends = 0;
  const end = async () => void (ends += 1);
  using held = new DisposableStack();
  held.use(await deps.workspaces.of(live.session.agentSessionId).hold(end));
  await served.start();
  uptimeMs = LEASE_MS * 0.6;
  await delay(1200);
  expect(ends).toBe(0);
  uptimeMs = LEASE_MS * 0.75;
  await until('it has ended', () => ends > 0);
  expect(uptimeMs).toBeLessThan(LEASE_MS);
});
