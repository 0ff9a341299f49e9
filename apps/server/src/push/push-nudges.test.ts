import { expect, it } from 'vitest';

import type { Actor, Role } from '../identity/actor.ts';
import { createIdentityHarness } from '../identity/fixtures/identity-harness.ts';
import { createSession, openTestStore } from '../store/contract/back-end.ts';
import { listOperatorSubscriptions } from './operator-subscriptions.ts';
import { createPushNudges } from './push-nudges.ts';
import type { PushOutcome } from './push-sender.ts';
import { deriveVapidKeys } from './vapid-keys.ts';

/** A session of Ada that Bob sees. Olga is an operator, and everybody has one browser, or two. */
async function openNudges({ mayAnswer }: { mayAnswer: (name: string) => boolean }) {
  const store = await openTestStore({ createDatabase: async () => 'sqlite::memory:' });
  const { id: sessionId, ownerId: ada } = await createSession(store);
  await store.shares.put({ sessionId, userId: 'bob', level: 'view', grantedBy: ada });
  const people: Record<string, { userId: string; role: Role }> = {
    'ada-phone': { userId: ada, role: 'user' },
    'ada-laptop': { userId: ada, role: 'user' },
    'bob-phone': { userId: 'bob', role: 'user' },
    'olga-phone': { userId: 'olga', role: 'operator' },
    'ute-phone': { userId: 'ute', role: 'user' },
  };
  for (const [name, { userId }] of Object.entries(people)) {
    const keys = { p256dh: 'key', auth: 'secret' };
    await store.pushSubscriptions.put({ signInId: name, userId, endpoint: `https://push.example/${name}`, keys });
  }
  const ended = new Set<string>();
  const outcomes = new Map<string, PushOutcome>();
  const slow = new Map<string, Promise<PushOutcome>>();
  const told: string[] = [];
  const nudges = createPushNudges({
    subscriptions: store.pushSubscriptions,
    listOfOperators: async () => {
      const ofOlga = await store.pushSubscriptions.find('olga-phone');
      return ofOlga === undefined ? [] : [ofOlga];
    },
    signIns: {
      findActors: async (ids) =>
        new Map(ids.filter((id) => !ended.has(id)).map((id) => [id, people[id] as unknown as Actor])),
    },
    mayAnswer: async ({ userId }) => mayAnswer(userId === ada ? 'ada' : userId),
    sender: {
      async send({ signInId }, kind) {
        told.push(kind === 'approvals' ? signInId : `${signInId}: ${kind}`);
        return slow.get(signInId) ?? outcomes.get(signInId) ?? 'sent';
      },
    },
    logger: { warn: (error: unknown) => expect.unreachable(JSON.stringify(error)) },
  });
  const nudge = async (audience: 'people' | 'operators') => {
    told.length = 0;
    nudges.nudge(sessionId, audience);
    await nudges.flush();
    return told.toSorted();
  };
  return { store, sessionId, people, nudges, nudge, told, ended, outcomes, slow };
}

it('tells every browser of the people of a session who may answer, and operators of what was handed to them', async () => {
  const { store, nudge } = await openNudges({ mayAnswer: (name) => name === 'ada' || name === 'olga' });
  await using _ = store;
  expect(await nudge('people')).toEqual(['ada-laptop', 'ada-phone']);
  expect(await nudge('operators')).toEqual(['olga-phone']);
});

it('tells the owner of a schedule, and nobody else, whatever waits for an answer', async () => {
  const { store, sessionId, nudges, told } = await openNudges({ mayAnswer: (name) => name === 'bob' });
  await using _ = store;
  nudges.nudge(sessionId, 'people');
  nudges.nudgeOwner('bob');
  nudges.nudgeOwner('bob');
  await nudges.flush();
  expect(told.toSorted()).toEqual(['bob-phone', 'bob-phone: schedules']);
});

it('removes subscriptions of ended sign-ins and those that the push service knows no more', async () => {
  const { store, nudge, ended, outcomes } = await openNudges({ mayAnswer: () => true });
  await using _ = store;
  ended.add('ada-laptop');
  outcomes.set('ada-phone', 'gone');
  outcomes.set('bob-phone', 'failed');
  expect(await nudge('people')).toEqual(['ada-phone', 'bob-phone']);
  expect(await nudge('people')).toEqual(['bob-phone']);
  expect(await store.pushSubscriptions.find('ada-laptop')).toBeUndefined();
});

it('sends one message for what a session asks while people are looked up', async () => {
  const { store, sessionId, nudges, told } = await openNudges({ mayAnswer: (name) => name === 'bob' });
  await using _ = store;
  for (let each = 0; each < 5; each += 1) nudges.nudge(sessionId, 'people');
  await nudges.flush();
  expect(told.length).toBeLessThan(3);
  expect(new Set(told)).toEqual(new Set(['bob-phone']));
});

it('has the same VAPID keys at every start with the same secrets key, and others with another', () => {
  const keys = deriveVapidKeys('the secrets key of a deployment');
  expect(deriveVapidKeys('the secrets key of a deployment')).toEqual(keys);
  expect(deriveVapidKeys('another one').publicKey).not.toBe(keys.publicKey);
  expect(Buffer.from(keys.publicKey, 'base64url')).toHaveLength(65);
});

it('tells others at once while the push services of some people do not answer', async () => {
  const { store, sessionId, people, nudges, told, slow } = await openNudges({ mayAnswer: () => true });
  await using _ = store;
  const { promise, resolve } = Promise.withResolvers<PushOutcome>();
  for (const userId of ['slow-1', 'slow-2']) {
    await store.shares.put({ sessionId, userId, level: 'view', grantedBy: 'ada' });
    for (let each = 0; each < 20; each += 1) {
      const name = `${userId}-${each}`;
      people[name] = { userId, role: 'user' };
      slow.set(name, promise);
      const keys = { p256dh: 'key', auth: 'secret' };
      await store.pushSubscriptions.put({ signInId: name, userId, endpoint: `https://push.example/${name}`, keys });
    }
  }
  await store.pushSubscriptions.end('bob-phone');
  const keys = { p256dh: 'key', auth: 'secret' };
  await store.pushSubscriptions.put({ signInId: 'bob-phone', userId: 'bob', endpoint: 'https://push.example/b', keys });
  nudges.nudge(sessionId, 'people');
  await expect.poll(() => told).toEqual(expect.arrayContaining(['ada-laptop', 'ada-phone', 'bob-phone']));
  expect(told.filter((name) => name.startsWith('slow'))).toHaveLength(4);
  resolve('sent');
  await nudges.flush();
  expect(told).toHaveLength(43);
});

it('finds operators among any number of other people', async () => {
  await using harness = await createIdentityHarness();
  const { identity, store } = await harness.open();
  const roles = { ada: 'user', olga: 'operator', root: 'admin', ute: 'user' } as const;
  for (const [name, role] of Object.entries(roles)) {
    const { id: userId } = await identity.users.create({ email: `${name}@example.com`, name, role });
    const keys = { p256dh: 'key', auth: 'secret' };
    await store.pushSubscriptions.put({ signInId: name, userId, endpoint: `https://push.example/${name}`, keys });
  }
  const list = async (limit: number) =>
    (await listOperatorSubscriptions(store.database, limit)).map(({ signInId }) => signInId);
  expect(await list(2)).toEqual(['olga', 'root']);
  expect(await list(1)).toEqual(['root']);
});
