import type { IncomingHttpHeaders } from 'node:http';

import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';

import type { IdentityHarness } from './fixtures/identity-harness.ts';
import { occupyThreadPool } from './fixtures/occupy-thread-pool.ts';
import { useIdentityHarness } from './fixtures/use-identity-harness.ts';
import type { Identity } from './identity.ts';

const BOOTSTRAP_KEY = 'a bootstrap key of the operator';
const CLIENT = { address: '192.0.2.7', userAgent: 'test' };

const bearer = (key: string): IncomingHttpHeaders => ({ authorization: `Bearer ${key}` });

function toCookieHeader(setCookies: string[] | undefined): IncomingHttpHeaders {
  return { cookie: (setCookies ?? []).map((cookie) => cookie.split(';')[0]).join('; ') };
}

async function signInByLink(identity: Identity): Promise<IncomingHttpHeaders> {
  const { token } = await identity.createSignInLink();
  return toCookieHeader((await identity.redeemSignInLink(token, CLIENT))?.setCookies);
}

describe.each(['sqlite', 'postgres'])('identity on %s', (kind) => {
  const getHarness = useIdentityHarness(kind);
  let harness: IdentityHarness;
  beforeEach(() => void (harness = getHarness()));

  describe('actors as they are now', () => {
    it('leave out what has ended, also by another server, and tell who changes', async () => {
      const { identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      const { identity: elsewhere, store } = await harness.open();
      const admin = await identity.authenticate(bearer(BOOTSTRAP_KEY));
      const userId = admin?.userId ?? '';
      const [kept, revoked] = [
        await identity.apiKeys.create(userId, { name: 'kept' }),
        await identity.apiKeys.create(userId, { name: 'revoked' }),
      ];
      const short = new Date(harness.nowMs() + 1000);
      const expiring = await identity.apiKeys.create(userId, { name: 'expiring', expiresAt: short });
      const cookie = await signInByLink(identity);
      const headers = [bearer(BOOTSTRAP_KEY), ...[kept, revoked, expiring].map(({ key }) => bearer(key)), cookie];
      const found = await Promise.all(headers.map((each) => identity.authenticate(each)));
      const actors = found.filter((each) => each !== null);
      expect([...(await identity.findCurrent(actors)).values()]).toEqual(expect.arrayContaining(actors));

      await elsewhere.apiKeys.revoke(userId, revoked.apiKey.id);
      await elsewhere.signOut(cookie);
      harness.advance(1000);
      const current = await identity.findCurrent(actors);
      expect([...current.keys()].toSorted()).toEqual(['bootstrap', kept.apiKey.id].toSorted());

      await sql`update auth_user set role = 'user' where id = ${userId}`.execute(store.database);
      expect((await identity.findCurrent(actors)).get(kept.apiKey.id)).toMatchObject({ userId, role: 'user' });
      // The bootstrap key is an administrator's in any case, so it is somebody else's now.
      expect((await identity.findCurrent(actors)).get('bootstrap')?.userId).not.toBe(userId);
    });

    it('are told of when this server changes them', async () => {
      const { identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      const admin = await identity.authenticate(bearer(BOOTSTRAP_KEY));
      const { apiKey } = await identity.apiKeys.create(admin?.userId ?? '', { name: 'test' });
      const cookie = await signInByLink(identity);
      let changes = 0;
      const unsubscribe = identity.onChanged(() => (changes += 1));
      await identity.apiKeys.revoke(admin?.userId ?? '', apiKey.id);
      expect(changes).toBe(1);
      await identity.signOut(cookie);
      expect(changes).toBeGreaterThan(1);
      unsubscribe();
      const before = changes;
      await identity.signOut(cookie);
      expect(changes).toBe(before);
    });
  });

  describe('the bootstrap key', () => {
    it('is the administrator, in either header', async () => {
      const { identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      const actor = await identity.authenticate(bearer(BOOTSTRAP_KEY));
      expect(actor).toMatchObject({
        userId: expect.stringMatching(/^user_/),
        name: 'Administrator',
        role: 'admin',
        via: 'api_key',
        credentialId: 'bootstrap',
      });
      expect(await identity.authenticate({ 'x-api-key': BOOTSTRAP_KEY })).toEqual(actor);
    });

    it.each([`${BOOTSTRAP_KEY}x`, BOOTSTRAP_KEY.slice(1), BOOTSTRAP_KEY.toUpperCase(), '', 'undefined', 'csp_'])(
      'is refused as %j',
      async (nearMiss) => {
        const { identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
        expect(await identity.authenticate(bearer(nearMiss))).toBeNull();
      },
    );

    it('does not exist when none is configured', async () => {
      for (const bootstrapApiKey of [undefined, '']) {
        const { identity } = await harness.open({ bootstrapApiKey });
        expect(await identity.authenticate(bearer(''))).toBeNull();
        expect(await identity.authenticate({})).toBeNull();
      }
    });

    it('is answered without the database', async () => {
      const { identity, store } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      await store.close();
      expect(await identity.authenticate(bearer(BOOTSTRAP_KEY))).not.toBeNull();
    });

    it('is the same user after a restart', async () => {
      const first = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      const second = await harness.open({ bootstrapApiKey: 'another key for the same place' });
      expect((await second.identity.authenticate(bearer('another key for the same place')))?.userId).toBe(
        (await first.identity.authenticate(bearer(BOOTSTRAP_KEY)))?.userId,
      );
    });

    it.runIf(kind === 'postgres')('is the same user on servers that start at once on an empty database', async () => {
      const servers = await Promise.all([1, 2, 3].map(() => harness.open({ bootstrapApiKey: BOOTSTRAP_KEY })));
      const users = await Promise.all(servers.map(({ identity }) => identity.authenticate(bearer(BOOTSTRAP_KEY))));
      expect(new Set(users.map((user) => user?.userId)).size).toBe(1);
    });

    it('decides alone: a bad key is not helped by a good cookie', async () => {
      const { identity } = await harness.open();
      const cookie = await signInByLink(identity);
      expect(await identity.authenticate(cookie)).not.toBeNull();
      expect(await identity.authenticate({ ...cookie, ...bearer('wrong') })).toBeNull();
    });
  });

  describe('a sign-in link', () => {
    it('signs the administrator in with a cookie that scripts and other sites cannot use', async () => {
      const { identity } = await harness.open();
      const { token, expiresAt } = await identity.createSignInLink();
      expect(expiresAt.getTime()).toBe(harness.nowMs() + 30 * 60_000);
      const signedIn = await identity.redeemSignInLink(token, CLIENT);
      expect(signedIn?.setCookies).toEqual([expect.stringMatching(/^csp\.session_token=.*HttpOnly.*SameSite=Strict/i)]);
      expect(signedIn?.setCookies[0]).not.toMatch(/secure/i);
      expect(await identity.authenticate(toCookieHeader(signedIn?.setCookies))).toMatchObject({
        userId: signedIn?.userId,
        name: 'Administrator',
        role: 'admin',
        via: 'cookie',
      });
    });

    it('sets a Secure cookie when browsers come by https', async () => {
      const { identity } = await harness.open({ baseUrl: 'https://agents.example' });
      const { token } = await identity.createSignInLink();
      const signedIn = await identity.redeemSignInLink(token, CLIENT);
      expect(signedIn?.setCookies[0]).toMatch(
        /^__Host-csp\.session_token=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
      expect(await identity.authenticate(toCookieHeader(signedIn?.setCookies))).not.toBeNull();
    });

    it('sets a cookie below the path of its address, which a server above it does not take for its own', async () => {
      const { identity } = await harness.open({ baseUrl: 'https://example.com/team/agents' });
      const signedIn = await identity.redeemSignInLink((await identity.createSignInLink()).token, CLIENT);
      expect(signedIn?.setCookies[0]).toMatch(
        /^__Secure-csp-team-agents\.session_token=.*; Path=\/team\/agents; HttpOnly; Secure; SameSite=Strict$/,
      );
      expect(await identity.authenticate(toCookieHeader(signedIn?.setCookies))).not.toBeNull();
    });

    it('works once, even when redeemed many times at once by two servers', async () => {
      const { identity } = await harness.open();
      const other = await harness.open();
      const { token } = await identity.createSignInLink();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, n) => (n % 2 ? identity : other.identity).redeemSignInLink(token, CLIENT)),
      );
      expect(results.filter((result) => result !== null)).toHaveLength(1);
      expect(await identity.redeemSignInLink(token, CLIENT)).toBeNull();
    });

    it('is refused after 30 minutes and when it is made up', async () => {
      const { identity } = await harness.open();
      const { token } = await identity.createSignInLink();
      harness.advance(30 * 60_000);
      expect(await identity.redeemSignInLink(token, CLIENT)).toBeNull();
      expect(await identity.redeemSignInLink('A'.repeat(43), CLIENT)).toBeNull();
      expect(await identity.redeemSignInLink('', CLIENT)).toBeNull();
    });

    it('is needed until somebody has a way in', async () => {
      const { identity } = await harness.open();
      expect(await identity.needsSignInLink()).toBe(true);
      await signInByLink(identity);
      expect(await identity.needsSignInLink()).toBe(false);
      expect(await (await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY })).identity.needsSignInLink()).toBe(false);
    });
  });

  describe('a sign-in by cookie', () => {
    it('survives a restart of the server', async () => {
      const cookie = await signInByLink((await harness.open()).identity);
      const { identity } = await harness.open();
      expect(await identity.authenticate(cookie)).toMatchObject({ role: 'admin', via: 'cookie' });
    });

    it('ends with another secrets key', async () => {
      const cookie = await signInByLink((await harness.open()).identity);
      const { identity } = await harness.open({ secret: 'the secrets key of another server' });
      expect(await identity.authenticate(cookie)).toBeNull();
    });

    it('ends at once on sign-out, although it was cached', async () => {
      const { identity } = await harness.open();
      const cookie = await signInByLink(identity);
      expect(await identity.authenticate(cookie)).not.toBeNull();
      const cleared = await identity.signOut(cookie);
      expect(cleared).toContainEqual(expect.stringMatching(/^csp\.session_token=;.*Max-Age=0/));
      expect(await identity.authenticate(cookie)).toBeNull();
    });

    it('is not authenticated by a look-up that was under way while it ended', async () => {
      const { identity } = await harness.open();
      const cookie = await signInByLink(identity);
      await Promise.all([identity.authenticate(cookie), identity.signOut(cookie), identity.authenticate(cookie)]);
      expect(await identity.authenticate(cookie)).toBeNull();
    });

    it('is answered from memory for half a second, then from the database', async () => {
      const { identity, store } = await harness.open();
      const cookie = await signInByLink(identity);
      const actor = await identity.authenticate(cookie);
      await store.close();
      expect(await identity.authenticate(cookie)).toEqual(actor);
      harness.advance(501);
      await expect(identity.authenticate(cookie)).rejects.toMatchObject({ code: 'storage_unavailable' });
    });

    it('lets nobody in from memory once a look-up has found it ended', async () => {
      const { identity, store } = await harness.open();
      const cookie = await signInByLink(identity);
      const actor = await identity.authenticate(cookie);
      await sql`delete from auth_session`.execute(store.database);
      expect(await identity.findCurrent(actor === null ? [] : [actor])).toEqual(new Map());
      expect(await identity.authenticate(cookie)).toBeNull();
    });

    it('is looked up after half a second also when the clock was set back meanwhile', async () => {
      const { identity, store } = await harness.open();
      const cookie = await signInByLink(identity);
      expect(await identity.authenticate(cookie)).not.toBeNull();
      harness.setBack(60_000);
      harness.advance(501);
      await sql`delete from auth_session`.execute(store.database);
      expect(await identity.authenticate(cookie)).toBeNull();
    });

    it('is no API key, nor is an API key a cookie, also while they are remembered', async () => {
      const { identity } = await harness.open();
      const cookie = await signInByLink(identity);
      const actor = await identity.authenticate(cookie);
      const value = cookie.cookie?.slice(cookie.cookie.indexOf('=') + 1) ?? '';
      expect(await identity.authenticate(bearer(value))).toBeNull();
      expect(await identity.signInWithApiKey(value, CLIENT)).toBeNull();
      const { key } = await identity.apiKeys.create(actor?.userId ?? '', { name: 'test' });
      expect(await identity.authenticate(bearer(key))).not.toBeNull();
      expect(await identity.authenticate({ cookie: `csp.session_token=${key}` })).toBeNull();
    });

    it('is extended, with a new cookie, once it is some days old', async () => {
      const { identity, store } = await harness.open();
      const cookie = await signInByLink(identity);
      expect(await identity.refreshSession(cookie)).toEqual([]);
      const almostOver = new Date(Date.now() + 24 * 60 * 60_000).toISOString();
      await sql`update auth_session set "expiresAt" = ${almostOver}`.execute(store.database);
      const setCookies = await identity.refreshSession(cookie);
      expect(setCookies).toEqual([expect.stringMatching(/^csp\.session_token=.*Max-Age=2592000.*SameSite=Strict/i)]);
      expect(await identity.authenticate(toCookieHeader(setCookies))).not.toBeNull();
    });

    it('is refused when its signature was tampered with or is missing', async () => {
      const { identity } = await harness.open();
      const { cookie = '' } = await signInByLink(identity);
      const unsigned = cookie.slice(0, cookie.lastIndexOf('.'));
      for (const forged of [cookie.slice(0, -8), unsigned, `${unsigned}.`, 'csp.session_token=']) {
        expect(await identity.authenticate({ cookie: forged })).toBeNull();
      }
      expect(await identity.authenticate({ authorization: `Bearer ${unsigned.split('=')[1]}` })).toBeNull();
    });

    it('is looked up while every thread of the pool of Node is busy', async () => {
      const { identity } = await harness.open();
      const cookie = await signInByLink(identity);
      await using pool = await occupyThreadPool();
      expect(await identity.authenticate(cookie)).not.toBeNull();
      expect(pool.isFree).toBe(false);
    });

    it('is read from the cookie of exactly its name', async () => {
      const { identity } = await harness.open();
      const { cookie = '' } = await signInByLink(identity);
      for (const around of ['', ' ', '\t ']) {
        const headers = { cookie: `theme=dark;${around}${cookie.replace('=', `${around}=${around}`)}${around}; a=b` };
        expect(await identity.authenticate(headers)).not.toBeNull();
      }
      // A page of a neighbouring host can set such a name.
      for (const other of ['\u00a0', '\ufeff', '\v', 'x'])
        expect(await identity.authenticate({ cookie: `${other}${cookie}` }), JSON.stringify(other)).toBeNull();
    });
  });

  describe('an API key', () => {
    it('acts for its user until it is revoked', async () => {
      const { identity } = await harness.open();
      const administrator = await identity.authenticate(await signInByLink(identity));
      const { userId } = administrator ?? { userId: '' };
      const { apiKey, key } = await identity.apiKeys.create(userId, { name: 'laptop' });
      expect(key).toMatch(/^csp_/);
      expect(await identity.authenticate(bearer(key))).toMatchObject({
        userId,
        via: 'api_key',
        credentialId: apiKey.id,
      });
      expect(await identity.apiKeys.list(userId)).toMatchObject([
        { id: apiKey.id, name: 'laptop', hint: key.slice(0, 8) },
      ]);

      expect(await identity.apiKeys.revoke('user_other', apiKey.id)).toBe(false);
      expect(await identity.authenticate(bearer(key))).not.toBeNull();
      expect(await identity.apiKeys.revoke(userId, apiKey.id)).toBe(true);
      expect(await identity.authenticate(bearer(key))).toBeNull();
      expect(await identity.apiKeys.list(userId)).toEqual([]);
    });

    it('expires', async () => {
      const { identity } = await harness.open();
      const { userId } = (await identity.authenticate(await signInByLink(identity))) ?? { userId: '' };
      const { key } = await identity.apiKeys.create(userId, {
        name: 'short',
        expiresAt: new Date(harness.nowMs() + 60_000),
      });
      expect(await identity.authenticate(bearer(key))).not.toBeNull();
      harness.advance(60_001);
      expect(await identity.authenticate(bearer(key))).toBeNull();
    });

    it('ends what was made with it: keys, keys made with those, and sign-ins, also by another server', async () => {
      const { identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      const { identity: elsewhere, store } = await harness.open();
      const userId = (await identity.authenticate(bearer(BOOTSTRAP_KEY)))?.userId ?? '';
      for (const revoke of [
        (id: string) => elsewhere.apiKeys.revoke(userId, id),
        (id: string) => sql`delete from auth_api_key where id = ${id}`.execute(store.database),
      ]) {
        const first = await identity.apiKeys.create(userId, { name: 'first' });
        const cookie = toCookieHeader((await identity.signInWithApiKey(first.key, CLIENT))?.setCookies);
        const { apiKeyId } = (await identity.authenticate(cookie)) ?? {};
        expect(apiKeyId).toBe(first.apiKey.id);
        const second = await identity.apiKeys.create(userId, { name: 'second', madeWith: apiKeyId });
        const third = await identity.apiKeys.create(userId, { name: 'third', madeWith: second.apiKey.id });
        const far = toCookieHeader((await identity.signInWithApiKey(third.key, CLIENT))?.setCookies);
        const headers = [bearer(first.key), cookie, bearer(second.key), bearer(third.key), far];
        const actors = await Promise.all(headers.map((each) => identity.authenticate(each)));
        const known = actors.filter((each) => each !== null);
        expect(known).toHaveLength(5);
        await revoke(first.apiKey.id);
        expect(await identity.findCurrent(known)).toEqual(new Map());
        expect(await Promise.all(headers.map((each) => identity.authenticate(each)))).toEqual(headers.map(() => null));
      }
      expect(await identity.authenticate(bearer(BOOTSTRAP_KEY))).not.toBeNull();
    });

    it('gives a key or a sign-in that it makes no longer life, and no more scopes, than it has', async () => {
      const { identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      const userId = (await identity.authenticate(bearer(BOOTSTRAP_KEY)))?.userId ?? '';
      const expiresAt = new Date(harness.nowMs() + 60_000);
      const maker = await identity.apiKeys.create(userId, { name: 'maker', expiresAt, scopes: ['read'] });
      expect(maker.apiKey.scopes).toEqual(['read']);
      const madeWith = maker.apiKey.id;
      const later = new Date(harness.nowMs() + 90_000);
      const sooner = new Date(harness.nowMs() + 30_000);
      const made = [
        await identity.apiKeys.create(userId, { name: 'without an end', madeWith }),
        await identity.apiKeys.create(userId, { name: 'later', expiresAt: later, madeWith }),
        await identity.apiKeys.create(userId, { name: 'sooner', expiresAt: sooner, madeWith }),
      ];
      expect(made.map(({ apiKey }) => apiKey.expiresAt)).toEqual([expiresAt, expiresAt, sooner]);
      const cookie = toCookieHeader((await identity.signInWithApiKey(maker.key, CLIENT))?.setCookies);
      const actor = await identity.authenticate(cookie);
      expect(actor).toMatchObject({ via: 'cookie', scopes: ['read'] });
      expect([...(await identity.findCurrent(actor === null ? [] : [actor])).values()]).toEqual([actor]);
      harness.advance(60_000);
      expect(await identity.findCurrent(actor === null ? [] : [actor])).toEqual(new Map());
      expect(await identity.authenticate(cookie)).toBeNull();
    });

    it('opens a sign-in by cookie for its user', async () => {
      const { identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      const signedIn = await identity.signInWithApiKey(BOOTSTRAP_KEY, CLIENT);
      expect(await identity.authenticate(toCookieHeader(signedIn?.setCookies))).toMatchObject({
        role: 'admin',
        via: 'cookie',
      });
      expect(await identity.signInWithApiKey('wrong', CLIENT)).toBeNull();
    });
  });

  describe('secrets', () => {
    it('stand neither in the logs nor in the clear in the database', async () => {
      const { identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY });
      const unused = await identity.createSignInLink();
      const used = await identity.createSignInLink();
      const signedIn = await identity.redeemSignInLink(used.token, CLIENT);
      const cookieValue = /=([^;]*)/.exec(signedIn?.setCookies[0] ?? '')?.[1] ?? '';
      const { key } = await identity.apiKeys.create(signedIn?.userId ?? '', { name: 'k' });
      await identity.authenticate(bearer('wrong'));
      await identity.signInWithPassword('nobody@example.com', 'a wrong password', CLIENT);

      const bytes = await harness.dump();
      expect(bytes.includes('csp_')).toBe(true);
      for (const secret of [
        BOOTSTRAP_KEY,
        unused.token,
        used.token,
        key,
        cookieValue,
        'a wrong password',
        'nobody@example.com',
      ]) {
        expect(secret.length).toBeGreaterThan(10);
        expect(bytes.includes(secret)).toBe(false);
        expect(harness.logged()).not.toContain(secret);
      }
    });
  });
});
