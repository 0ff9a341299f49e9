import { expect, test } from 'vitest';

import { createSession, openTestStore, type BackEnd } from './back-end.ts';

const subscription = (name: string, userId: string) => ({
  ...{ signInId: `sign_in_${name}`, userId, endpoint: `https://push.example/${name}` },
  keys: { p256dh: `p256dh of ${name}`, auth: `auth of ${name}` },
});
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

export function describeNotifications(backEnd: BackEnd): void {
  test('has one push subscription for each sign-in and browser, and finds those of a session', async () => {
    await using store = await openTestStore(backEnd);
    const { pushSubscriptions: subscriptions } = store;
    const { id: sessionId, ownerId } = await createSession(store);
    await store.shares.put({ sessionId, userId: 'user_friend', level: 'drive', grantedBy: ownerId });
    const [own, friends] = [subscription('a', ownerId), subscription('b', 'user_friend')];
    for (const each of [own, friends, subscription('c', 'user_stranger')]) await subscriptions.put(each);
    expect(await subscriptions.listForSession(sessionId)).toEqual([own, friends]);

    const renewed = { ...own, endpoint: 'https://push.example/renewed' };
    await subscriptions.put(renewed);
    const again = { ...friends, signInId: 'sign_in_later' };
    await subscriptions.put(again);
    expect(await subscriptions.listForSession(sessionId)).toEqual([renewed, again]);
    expect(await subscriptions.find(friends.signInId)).toBeUndefined();

    expect(await subscriptions.end(own.signInId, own.endpoint)).toBe(false);
    expect(await subscriptions.end(own.signInId, renewed.endpoint)).toBe(true);
    expect(await subscriptions.listForSession(sessionId)).toEqual([again]);
  });

  test('gives a push subscription to who else signs in to the browser, and to nobody who only knows its endpoint', async () => {
    await using store = await openTestStore(backEnd);
    const { pushSubscriptions: subscriptions } = store;
    const [own, foreign] = [subscription('a', 'user_a'), subscription('b', 'user_b')];
    for (const each of [own, foreign]) await subscriptions.put(each);
    for (const keys of [foreign.keys, { ...own.keys, auth: 'guessed' }, { ...own.keys, p256dh: 'guessed' }])
      await expect(subscriptions.put({ ...foreign, endpoint: own.endpoint, keys })).rejects.toMatchObject({
        code: 'conflict',
      });
    for (const [part, spelling] of [
      ['push.example', 'PUSH.example'],
      ['push.example', 'push.example:443'],
      ['push.example', 'push.example.'],
      ['push.example/', 'push.example/./'],
      [/$/, '#fragment'],
    ] as const) {
      const endpoint = own.endpoint.replace(part, spelling);
      expect(endpoint).not.toBe(own.endpoint);
      await expect(subscriptions.put({ ...foreign, endpoint }), endpoint).rejects.toMatchObject({ code: 'conflict' });
    }
    expect(await subscriptions.find(own.signInId)).toEqual(own);
    expect(await subscriptions.find(foreign.signInId)).toEqual(foreign);
    const anew = { ...own, signInId: 'sign_in_anew', keys: { p256dh: 'another', auth: 'another' } };
    await subscriptions.put(anew);
    const shared = { ...foreign, endpoint: own.endpoint, keys: anew.keys };
    await subscriptions.put(shared);
    expect(await subscriptions.find(anew.signInId)).toBeUndefined();
    expect(await subscriptions.find(foreign.signInId)).toEqual(shared);
  });

  test('gives a message for the webhook to one taker, and again when its time is over', async () => {
    await using store = await openTestStore(backEnd);
    const { webhookMessages: messages } = store;
    const message = (id: string, second: number) => ({
      ...{ id, type: 'test', data: { text: 'é\u0000' }, createdAt: at(second), expiresAt: at(59) },
    });
    for (const each of [message('msg_b', 2), message('msg_a', 1), message('msg_c', 30)]) await messages.put(each);
    expect(await messages.findNextDue()).toBe(at(1));

    const taking = [0, 1].map(() => messages.take({ now: at(5), busyUntil: at(10), limit: 10 }));
    const taken = (await Promise.all(taking)).flat();
    expect(taken.map(({ id }) => id).toSorted()).toEqual(['msg_a', 'msg_b']);
    expect(taken.find(({ id }) => id === 'msg_a')).toEqual({ ...message('msg_a', 1), attempts: 0 });

    await messages.remove('msg_a');
    await messages.putBack('msg_b', { attempts: 1, dueAt: at(20) });
    expect(await messages.take({ now: at(10), busyUntil: at(11), limit: 10 })).toEqual([]);
    expect(await messages.take({ now: at(40), busyUntil: at(50), limit: 1 })).toMatchObject([
      { id: 'msg_b', attempts: 1 },
    ]);
    expect(await messages.count()).toBe(2);
    expect(await messages.purgeBefore(at(30), 10)).toBe(1);
    expect((await messages.take({ now: at(59), busyUntil: at(59), limit: 9 })).map(({ id }) => id)).toEqual(['msg_c']);
  });

  test('keeps one mail of a key, gives it to one taker, and is quiet for a while after it', async () => {
    await using store = await openTestStore(backEnd);
    const { mails } = store;
    const mail = (second: number) => ({ key: 'k', subject: 's', text: `t${second}`, createdAt: at(second) });
    expect(await mails.put({ ...mail(1), quietSince: at(0) })).toBe(true);
    expect(await mails.put({ ...mail(2), quietSince: at(0) })).toBe(false);
    const taking = [0, 1].map(() => mails.take({ now: at(5), busyUntil: at(10), limit: 10 }));
    expect((await Promise.all(taking)).flat()).toEqual([{ ...mail(1), attempts: 0 }]);

    await mails.putBack(mail(1), { attempts: 1, dueAt: at(20) });
    expect(await mails.findNextDue()).toBe(at(20));
    // What waits for long is replaced by the news, which its late sender must not settle.
    expect(await mails.put({ ...mail(30), quietSince: at(1) })).toBe(true);
    await mails.settle(mail(1));
    expect(await mails.take({ now: at(40), busyUntil: at(50), limit: 1 })).toEqual([{ ...mail(30), attempts: 0 }]);
    await mails.settle(mail(30));
    expect([await mails.countWaiting(), await mails.findNextDue()]).toEqual([0, undefined]);
    await mails.forgetSettled(at(30));
    expect(await mails.put({ ...mail(31), quietSince: at(0) })).toBe(true);
  });
}
