import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { StoreTables } from '../store/schema.ts';
import { createIdentity, type Identity, type IdentityDeps } from './identity.ts';

const BOOTSTRAP_KEY = 'a bootstrap key of the operator';
const CLIENT = { address: '192.0.2.7', userAgent: 'test' };

let directory: string;
let logged: string[];
let nowMs: number;
let opened: Kysely<StoreTables>[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'csp-identity-'));
  logged = [];
  nowMs = Date.now();
  opened = [];
});

afterEach(async () => {
  for (const database of opened) await database.destroy();
  await rm(directory, { recursive: true });
});

async function openIdentity(options: Partial<IdentityDeps> = {}): Promise<{ identity: Identity; queries: string[] }> {
  const queries: string[] = [];
  const sqlite = new Database(join(directory, 'csp.db'));
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('foreign_keys = ON');
  const database = new Kysely<StoreTables>({
    dialect: new SqliteDialect({ database: sqlite }),
    log: (event) => void queries.push(event.query.sql),
  });
  opened.push(database);
  const log = (fields: object, message: string): void => void logged.push(JSON.stringify([fields, message]));
  const logger = { debug: log, info: log, warn: log, error: log };
  const identity = createIdentity({
    kind: 'sqlite',
    database,
    secret: 'the secrets key of this server',
    baseUrl: 'http://127.0.0.1:4600',
    logger,
    clock: { now: () => nowMs },
    ...options,
  });
  await identity.start();
  return { identity, queries };
}

const bearer = (key: string): IncomingHttpHeaders => ({ authorization: `Bearer ${key}` });

function toCookieHeader(setCookies: string[] | undefined): IncomingHttpHeaders {
  return { cookie: (setCookies ?? []).map((cookie) => cookie.split(';')[0]).join('; ') };
}

async function signInByLink(identity: Identity): Promise<IncomingHttpHeaders> {
  const { token } = await identity.createSignInLink();
  return toCookieHeader((await identity.redeemSignInLink(token, CLIENT))?.setCookies);
}

describe('the bootstrap key', () => {
  it('is the administrator, in either header', async () => {
    const { identity } = await openIdentity({ bootstrapApiKey: BOOTSTRAP_KEY });
    const principal = await identity.authenticate(bearer(BOOTSTRAP_KEY));
    expect(principal).toMatchObject({
      userId: expect.stringMatching(/^user_/),
      name: 'Administrator',
      role: 'admin',
      via: 'api_key',
      credentialId: 'bootstrap',
    });
    expect(await identity.authenticate({ 'x-api-key': BOOTSTRAP_KEY })).toEqual(principal);
  });

  it.each([`${BOOTSTRAP_KEY}x`, BOOTSTRAP_KEY.slice(1), BOOTSTRAP_KEY.toUpperCase(), '', 'undefined', 'csp_'])(
    'is refused as %j',
    async (nearMiss) => {
      const { identity } = await openIdentity({ bootstrapApiKey: BOOTSTRAP_KEY });
      expect(await identity.authenticate(bearer(nearMiss))).toBeNull();
    },
  );

  it('does not exist when none is configured', async () => {
    for (const bootstrapApiKey of [undefined, '']) {
      const { identity } = await openIdentity({ bootstrapApiKey });
      expect(await identity.authenticate(bearer(''))).toBeNull();
      expect(await identity.authenticate({})).toBeNull();
    }
  });

  it('is answered without the database', async () => {
    const { identity, queries } = await openIdentity({ bootstrapApiKey: BOOTSTRAP_KEY });
    queries.length = 0;
    await identity.authenticate(bearer(BOOTSTRAP_KEY));
    expect(queries).toEqual([]);
  });

  it('is the same user after a restart', async () => {
    const first = await openIdentity({ bootstrapApiKey: BOOTSTRAP_KEY });
    const second = await openIdentity({ bootstrapApiKey: 'another key for the same place' });
    expect((await second.identity.authenticate(bearer('another key for the same place')))?.userId).toBe(
      (await first.identity.authenticate(bearer(BOOTSTRAP_KEY)))?.userId,
    );
  });

  it('decides alone: a bad key is not helped by a good cookie', async () => {
    const { identity } = await openIdentity();
    const cookie = await signInByLink(identity);
    expect(await identity.authenticate(cookie)).not.toBeNull();
    expect(await identity.authenticate({ ...cookie, ...bearer('wrong') })).toBeNull();
  });
});

describe('a sign-in link', () => {
  it('signs the administrator in with a cookie that scripts and other sites cannot use', async () => {
    const { identity } = await openIdentity();
    const { token, expiresAt } = await identity.createSignInLink();
    expect(expiresAt.getTime()).toBe(nowMs + 30 * 60_000);
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
    const { identity } = await openIdentity({ baseUrl: 'https://agents.example' });
    const { token } = await identity.createSignInLink();
    const signedIn = await identity.redeemSignInLink(token, CLIENT);
    expect(signedIn?.setCookies[0]).toMatch(/^__Secure-csp\.session_token=.*; Secure/i);
    expect(await identity.authenticate(toCookieHeader(signedIn?.setCookies))).not.toBeNull();
  });

  it('works once, even when redeemed many times at once by two servers', async () => {
    const { identity } = await openIdentity();
    const other = await openIdentity();
    const { token } = await identity.createSignInLink();
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, n) => (n % 2 ? identity : other.identity).redeemSignInLink(token, CLIENT)),
    );
    expect(results.filter((result) => result !== null)).toHaveLength(1);
    expect(await identity.redeemSignInLink(token, CLIENT)).toBeNull();
  });

  it('is refused after 30 minutes and when it is made up', async () => {
    const { identity } = await openIdentity();
    const { token } = await identity.createSignInLink();
    nowMs += 30 * 60_000;
    expect(await identity.redeemSignInLink(token, CLIENT)).toBeNull();
    expect(await identity.redeemSignInLink('A'.repeat(43), CLIENT)).toBeNull();
    expect(await identity.redeemSignInLink('', CLIENT)).toBeNull();
  });

  it('is needed until somebody has a way in', async () => {
    const { identity } = await openIdentity();
    expect(await identity.needsSignInLink()).toBe(true);
    await signInByLink(identity);
    expect(await identity.needsSignInLink()).toBe(false);
    expect(await (await openIdentity({ bootstrapApiKey: BOOTSTRAP_KEY })).identity.needsSignInLink()).toBe(false);
  });
});

describe('a sign-in by cookie', () => {
  it('survives a restart of the server', async () => {
    const cookie = await signInByLink((await openIdentity()).identity);
    const { identity } = await openIdentity();
    expect(await identity.authenticate(cookie)).toMatchObject({ role: 'admin', via: 'cookie' });
  });

  it('ends with another secrets key', async () => {
    const cookie = await signInByLink((await openIdentity()).identity);
    const { identity } = await openIdentity({ secret: 'the secrets key of another server' });
    expect(await identity.authenticate(cookie)).toBeNull();
  });

  it('ends at once on sign-out, although it was cached', async () => {
    const { identity } = await openIdentity();
    const cookie = await signInByLink(identity);
    expect(await identity.authenticate(cookie)).not.toBeNull();
    const cleared = await identity.signOut(cookie);
    expect(cleared).toContainEqual(expect.stringMatching(/^csp\.session_token=;.*Max-Age=0/));
    expect(await identity.authenticate(cookie)).toBeNull();
  });

  it('is not authenticated by a look-up that was under way while it ended', async () => {
    const { identity } = await openIdentity();
    const cookie = await signInByLink(identity);
    await Promise.all([identity.authenticate(cookie), identity.signOut(cookie), identity.authenticate(cookie)]);
    expect(await identity.authenticate(cookie)).toBeNull();
  });

  it('is answered from memory for some seconds, then from the database', async () => {
    const { identity, queries } = await openIdentity();
    const cookie = await signInByLink(identity);
    await identity.authenticate(cookie);
    queries.length = 0;
    await identity.authenticate(cookie);
    expect(queries).toEqual([]);
    nowMs += 5001;
    await identity.authenticate(cookie);
    expect(queries).not.toEqual([]);
  });

  it('is refused when its signature was tampered with or is missing', async () => {
    const { identity } = await openIdentity();
    const { cookie = '' } = await signInByLink(identity);
    const [token] = cookie.split('.', 3).slice(0, 2).join('.').split('.', 2);
    expect(await identity.authenticate({ cookie: cookie.slice(0, -8) })).toBeNull();
    expect(await identity.authenticate({ cookie: `${token}` })).toBeNull();
    expect(await identity.authenticate({ cookie: 'csp.session_token=' })).toBeNull();
  });
});

describe('an API key', () => {
  it('acts for its user until it is revoked', async () => {
    const { identity } = await openIdentity();
    const administrator = await identity.authenticate(await signInByLink(identity));
    const { userId } = administrator ?? { userId: '' };
    const { apiKey, key } = await identity.apiKeys.create(userId, { name: 'laptop' });
    expect(key).toMatch(/^csp_/);
    expect(await identity.authenticate(bearer(key))).toMatchObject({ userId, via: 'api_key', credentialId: apiKey.id });
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
    const { identity } = await openIdentity();
    const { userId } = (await identity.authenticate(await signInByLink(identity))) ?? { userId: '' };
    const { key } = await identity.apiKeys.create(userId, { name: 'short', expiresAt: new Date(nowMs + 60_000) });
    expect(await identity.authenticate(bearer(key))).not.toBeNull();
    nowMs += 60_001;
    expect(await identity.authenticate(bearer(key))).toBeNull();
  });

  it('opens a sign-in by cookie for its user', async () => {
    const { identity } = await openIdentity({ bootstrapApiKey: BOOTSTRAP_KEY });
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
    const { identity } = await openIdentity({ bootstrapApiKey: BOOTSTRAP_KEY });
    const unused = await identity.createSignInLink();
    const used = await identity.createSignInLink();
    const signedIn = await identity.redeemSignInLink(used.token, CLIENT);
    const cookieValue = /=([^;]*)/.exec(signedIn?.setCookies[0] ?? '')?.[1] ?? '';
    const { key } = await identity.apiKeys.create(signedIn?.userId ?? '', { name: 'k' });
    await identity.authenticate(bearer('wrong'));
    await identity.signInWithPassword('nobody@example.com', 'a wrong password', CLIENT);

    const files = await readdir(directory);
    const bytes = Buffer.concat(await Promise.all(files.map((file) => readFile(join(directory, file)))));
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
      expect(logged.join('\n')).not.toContain(secret);
    }
  });
});
