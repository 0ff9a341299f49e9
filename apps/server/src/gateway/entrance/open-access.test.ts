import { pino } from 'pino';
import { expect, it } from 'vitest';

import { toTestActor } from '../../access/fixtures/actor-harness.ts';
import type { Actor } from '../../identity/actor.ts';
import { createOpenAccess } from './open-access.ts';

const ADA = toTestActor('user_1');

/** Open access in front of a store that the test changes, holds up and breaks. */
function openBehind() {
  let tell = () => {};
  let nowMs = 0;
  const store: { now: Actor | undefined; look: () => Promise<void>; lookUps: number } = {
    now: ADA,
    look: async () => undefined,
    lookUps: 0,
  };
  const access = createOpenAccess({
    identity: {
      async findCurrent() {
        store.lookUps += 1;
        // As it is when the look-up begins.
        const { now } = store;
        await store.look();
        return new Map(now === undefined ? [] : [[now.credentialId, now]]);
      },
      onChanged(listener) {
        tell = listener;
        return () => undefined;
      },
    },
    logger: pino({ level: 'silent' }),
    maxConnectionsPerUser: 2,
    monotonicMs: () => nowMs,
  });
  return { access, store, advance: (ms: number) => (nowMs += ms), change: () => tell() };
}

it('asks nobody while nothing has changed', async () => {
  const { access, store } = openBehind();
  await access.open(ADA).assertAllowed();
  expect(store.lookUps).toBe(0);
});

it('carries nothing out between a change and what its look-up brings', async () => {
  const { access, store, change } = openBehind();
  const mine = access.open(ADA);
  const ends: string[] = [];
  mine.onRevoked(({ code }) => ends.push(code));
  const { promise, resolve } = Promise.withResolvers<void>();
  store.look = () => promise;
  change();
  // The second change comes while the first is being looked up, which has not seen it.
  const waiting = mine.assertAllowed();
  store.now = undefined;
  change();
  resolve();
  await expect(waiting).rejects.toMatchObject({ code: 'authentication_required' });
  expect(ends).toEqual(['authentication_required']);
  expect(mine.refusal?.code).toBe('authentication_required');
});

it('ends what is opened for a role that has changed, and says so', async () => {
  const { access, store, change } = openBehind();
  const mine = access.open(ADA);
  store.now = { ...ADA, role: 'operator' };
  change();
  await expect(mine.assertAllowed()).rejects.toThrow(/has changed. Sign in again/);
});

it('carries nothing out while nobody can say, ends nothing for it, and goes on by itself', async () => {
  const { access, store, change } = openBehind();
  const mine = access.open(ADA);
  let ended = false;
  mine.onRevoked(() => (ended = true));
  store.look = () => Promise.reject(new Error('no database'));
  change();
  await expect(mine.assertAllowed()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(ended).toBe(false);
  store.look = async () => undefined;
  await mine.assertAllowed();
});

it('looks up anew what was looked up long ago', async () => {
  const { access, store, advance } = openBehind();
  const mine = access.open(ADA);
  advance(2001);
  store.now = undefined;
  await expect(mine.assertAllowed()).rejects.toMatchObject({ code: 'authentication_required' });
});

it('looks up for what came before the client left, too', async () => {
  const { access, store, advance } = openBehind();
  const mine = access.open(ADA);
  mine.close();
  advance(2001);
  await mine.assertAllowed();
  advance(2001);
  store.now = undefined;
  await expect(mine.assertAllowed()).rejects.toMatchObject({ code: 'authentication_required' });
});

it.each([
  ['the client leaves before its look-up begins', 0],
  ['each look-up takes longer than a credential stays fresh', 2001],
])('looks up once more, not for ever, when %s', async (_when, lookUpMs) => {
  const { access, store, advance, change } = openBehind();
  const mine = access.open(ADA);
  const { promise, resolve } = Promise.withResolvers<void>();
  store.look = async () => {
    await promise;
    advance(lookUpMs);
    // Without this bound, a loop of promises would starve the test of its time limit too.
    if (store.lookUps > 5) throw new Error('looked up too often');
  };
  change();
  change();
  const waiting = mine.assertAllowed();
  mine.close();
  resolve();
  await waiting;
  expect(store.lookUps).toBe(2);
});

it('holds as many connections of a user as allowed, until they are closed', () => {
  const { access } = openBehind();
  const [first, second, third] = [access.open(ADA), access.open(ADA), access.open(ADA)];
  first.hold();
  first.hold();
  second.hold();
  expect(() => third.hold()).toThrow(/You have 2 connections, and may have 2/);
  access.open({ ...ADA, userId: 'user_2' }).hold();
  first.close();
  third.hold();
});

it('does nothing for what is closed', async () => {
  const { access, store, change } = openBehind();
  const mine = access.open(ADA);
  mine.onRevoked(() => expect.unreachable());
  mine.close();
  store.now = undefined;
  change();
  expect(store.lookUps).toBe(0);
});
