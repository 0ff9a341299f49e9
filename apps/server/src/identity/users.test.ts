import type { IncomingHttpHeaders } from 'node:http';

import { sql } from 'kysely';
import { beforeEach, describe, expect, it } from 'vitest';

import type { IdentityHarness } from './fixtures/identity-harness.ts';
import { useIdentityHarness } from './fixtures/use-identity-harness.ts';
import { createOidcLinks } from './oidc/oidc-links.ts';
import type { Role } from './actor.ts';
import type { Identity } from './identity.ts';
import { createPasswordHashing, type PasswordHashing } from './password-hashing.ts';

const BOOTSTRAP_KEY = 'a bootstrap key of the operator';
const CLIENT = { address: '192.0.2.7', userAgent: 'test' };
const PASSWORD = 'correct horse battery';
const DAY_MS = 24 * 60 * 60_000;

const bearer = (key: string): IncomingHttpHeaders => ({ authorization: `Bearer ${key}` });

describe.each(['sqlite', 'postgres'])('accounts on %s', (kind) => {
  const getHarness = useIdentityHarness(kind);
  let harness: IdentityHarness;
  let identity: Identity;
  beforeEach(async () => {
    harness = getHarness();
    ({ identity } = await harness.open({ bootstrapApiKey: BOOTSTRAP_KEY }));
  });

  const create = (name: string, role: 'user' | 'operator' | 'admin' = 'user') =>
    identity.users.create({ email: `${name}@Example.com`, name, role, password: PASSWORD });
  const signIn = (name: string) => identity.signInWithPassword(`${name}@example.com`, PASSWORD, CLIENT);
  const findAdministrator = async () => (await identity.authenticate(bearer(BOOTSTRAP_KEY)))?.userId ?? '';

  it('are made, listed page by page and changed', async () => {
    harness.advance(1);
    const ada = await create('ada', 'operator');
    harness.advance(1);
    expect(ada).toMatchObject({ email: 'ada@example.com', name: 'ada', role: 'operator', status: 'active' });
    const bob = await create('bob');
    const first = await identity.users.list({ limit: 2 });
    const second = await identity.users.list({ limit: 2, after: first.next ?? '' });
    expect([...first.users, ...second.users].map(({ id }) => id)).toEqual([await findAdministrator(), ada.id, bob.id]);
    expect(second.next).toBeNull();
    const changed = await identity.users.update(ada.id, { name: 'Ada', role: 'admin' });
    expect(changed).toMatchObject({ name: 'Ada', role: 'admin', status: 'active' });
    expect(await identity.users.find(ada.id)).toEqual(changed);
    expect(await identity.users.update('user_none', { name: 'None' })).toBeUndefined();
    expect(await identity.users.remove('user_none')).toBe(false);
  });

  it('have an email of their own, also when two are made at once', async () => {
    const made = await Promise.allSettled([create('ada'), create('ADA'), create('Ada')]);
    const conflict = { status: 'rejected', reason: { code: 'state_conflict' } };
    expect(made.toSorted((one, other) => one.status.localeCompare(other.status))).toMatchObject([
      { status: 'fulfilled' },
      conflict,
      conflict,
    ]);
  });

  it('are found by no address that only looks like theirs', async () => {
    const kate = await create('kate');
    expect(await identity.findUserByEmail('Kate@Example.com')).toMatchObject({ id: kate.id });
    expect(await identity.signInWithPassword('Kate@Example.com', PASSWORD, CLIENT)).not.toBeNull();
    expect(await identity.findUserByEmail('\u212Aate@example.com')).toBeUndefined();
    expect(await identity.signInWithPassword('\u212Aate@example.com', PASSWORD, CLIENT)).toBeNull();
  });

  it('let nobody in while they are locked, and need a new sign-in afterwards', async () => {
    const ada = await create('ada');
    const { key } = await identity.apiKeys.create(ada.id, { name: 'k' });
    const cookie = { cookie: (await signIn('ada'))?.setCookies[0]?.split(';')[0] };
    expect(await identity.authenticate(cookie)).toMatchObject({ userId: ada.id });
    expect(await identity.users.update(ada.id, { status: 'locked' })).toMatchObject({ status: 'locked' });
    for (const headers of [cookie, bearer(key)]) expect(await identity.authenticate(headers)).toBeNull();
    await expect(signIn('ada')).rejects.toMatchObject({ code: 'permission_denied' });
    expect(await identity.users.update(ada.id, { status: 'active' })).toMatchObject({ status: 'active' });
    expect(await identity.authenticate(cookie)).toBeNull();
    expect(await identity.authenticate(bearer(key))).toMatchObject({ userId: ada.id });
    expect(await signIn('ada')).not.toBeNull();
  });

  it('stay signed out when they are locked while they sign in', async () => {
    const ada = await create('ada');
    const { store } = await harness.open();
    const lock = sql`update auth_user set banned = ${sql.lit(kind === 'postgres' ? true : 1)} where id = new."userId"`;
    // After the sign-in has read the account, before a lock could see the sign-in.
    const trigger = sql`create trigger lock_all after insert on auth_session for each row`;
    if (kind === 'sqlite') await sql`${trigger} begin ${lock}; end`.execute(store.database);
    else {
      const body = sql`returns trigger language plpgsql as $$ begin ${lock}; return new; end $$`;
      await sql`create or replace function lock_user() ${body}`.execute(store.database);
      await sql`${trigger} execute function lock_user()`.execute(store.database);
    }
    await expect(signIn('ada')).rejects.toMatchObject({ code: 'permission_denied' });
    await identity.users.update(ada.id, { status: 'active' });
    expect(await identity.signIns.list(ada.id)).toEqual([]);
    const on = kind === 'postgres' ? sql`on auth_session` : sql``;
    await sql`drop trigger lock_all ${on}`.execute(store.database);
  });

  it('get nothing once they are locked, also while something is stored for them', async () => {
    const ada = await create('ada');
    const { store } = await harness.open();
    const order: string[] = [];
    let locked: Promise<unknown> | undefined;
    await store.transaction(async ({ database, shares }) => {
      await identity.assertActive(database, ada.id);
      locked = identity.users.update(ada.id, { status: 'locked' }).then(() => order.push('locked'));
      for (let step = 0; step < 20; step += 1) await shares.endAllWith(`user_${step}`);
      order.push('stored');
    });
    await locked;
    expect(order).toEqual(['stored', 'locked']);
    for (const id of [ada.id, 'user_none']) {
      const stored = store.transaction(({ database }) => identity.assertActive(database, id));
      await expect(stored).rejects.toMatchObject({ code: 'permission_denied' });
    }
  });

  it('are gone with their keys and sign-ins once they are removed', async () => {
    const ada = await create('ada');
    const { key } = await identity.apiKeys.create(ada.id, { name: 'k' });
    const cookie = { cookie: (await signIn('ada'))?.setCookies[0]?.split(';')[0] };
    expect(await identity.users.remove(ada.id)).toBe(true);
    for (const headers of [cookie, bearer(key)]) expect(await identity.authenticate(headers)).toBeNull();
    expect(await identity.users.find(ada.id)).toBeUndefined();
    expect(await signIn('ada')).toBeNull();
  });

  it('keep one active administrator', async () => {
    const id = await findAdministrator();
    await identity.users.update((await create('locked', 'admin')).id, { status: 'locked' });
    const conflict = { code: 'state_conflict' };
    await expect(identity.users.update(id, { role: 'operator' })).rejects.toMatchObject(conflict);
    await expect(identity.users.update(id, { status: 'locked' })).rejects.toMatchObject(conflict);
    await expect(identity.users.remove(id)).rejects.toMatchObject(conflict);
    expect(await identity.users.update(id, { name: 'Root', role: 'admin', status: 'active' })).toMatchObject({
      name: 'Root',
    });
    // Who was invited cannot act before the invitation is accepted, unless with a key.
    const invited = await identity.users.create({ email: 'i@example.com', name: 'i', role: 'admin' });
    await identity.invitations.create(invited);
    await expect(identity.users.remove(id)).rejects.toMatchObject(conflict);
    await identity.apiKeys.create(invited.id, { name: 'by the last', madeBy: id });
    await expect(identity.users.remove(id)).rejects.toMatchObject(conflict);
    await identity.apiKeys.create(invited.id, { name: 'k' });
    expect(await identity.users.remove(id)).toBe(true);
    expect(await findAdministrator()).toBe(invited.id);
  });

  it('keep one active administrator when all give up the role at once, on two servers', async () => {
    const { identity: elsewhere } = await harness.open();
    const ids = [await findAdministrator(), (await create('ada', 'admin')).id, (await create('bob', 'admin')).id];
    const changes = [
      identity.users.update(ids[0] ?? '', { role: 'user' }),
      elsewhere.users.update(ids[1] ?? '', { status: 'locked' }),
      identity.users.remove(ids[2] ?? ''),
    ];
    const settled = await Promise.allSettled(changes);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const { users } = await identity.users.list({ limit: 10 });
    expect(users.filter(({ role, status }) => role === 'admin' && status === 'active')).toHaveLength(1);
  });

  describe('an invitation', () => {
    const invite = async () => {
      const user = await identity.users.create({ email: 'ada@example.com', name: 'Ada', role: 'operator' });
      return { user, ...(await identity.invitations.create(user)) };
    };

    it('lets the person choose name and password, once', async () => {
      const { user, token, expiresAt } = await invite();
      expect(expiresAt.getTime()).toBe(harness.nowMs() + 7 * DAY_MS);
      expect(await identity.users.find(user.id)).toMatchObject({ invitedUntil: expiresAt, status: 'active' });
      expect(await identity.invitations.find(token)).toMatchObject({ user: { email: 'ada@example.com' }, expiresAt });
      const { identity: elsewhere } = await harness.open();
      const accept = (by: Identity) => by.invitations.accept(token, { name: 'Ada L.', password: PASSWORD }, CLIENT);
      const accepted = await Promise.all([accept(identity), accept(elsewhere), accept(identity)]);
      const [signedIn, ...more] = accepted.filter((each) => each !== null);
      expect(more).toEqual([]);
      const cookie = { cookie: signedIn?.setCookies[0]?.split(';')[0] };
      expect(await identity.authenticate(cookie)).toMatchObject({ userId: user.id, name: 'Ada L.', role: 'operator' });
      expect(await identity.users.find(user.id)).toMatchObject({ name: 'Ada L.', invitedUntil: null });
      expect(await signIn('ada')).not.toBeNull();
      expect(await identity.invitations.find(token)).toBeUndefined();
      expect((await harness.dump()).includes(token)).toBe(false);
    });

    it('is refused when it is too old, replaced, made up, or its account is locked or gone', async () => {
      const { user, token } = await invite();
      const accept = (given: string) => identity.invitations.accept(given, { password: PASSWORD }, CLIENT);
      const { token: newer } = await identity.invitations.create(user);
      for (const each of [token, 'A'.repeat(43), '']) expect(await accept(each)).toBeNull();
      await identity.users.update(user.id, { status: 'locked' });
      await expect(accept(newer)).rejects.toMatchObject({ code: 'permission_denied' });
      await identity.users.update(user.id, { status: 'active' });
      expect(await identity.invitations.find(newer)).toBeDefined();
      harness.advance(7 * DAY_MS);
      expect(await accept(newer)).toBeNull();
      const { token: last } = await identity.invitations.create(user);
      await identity.users.remove(user.id);
      expect(await accept(last)).toBeNull();
    });

    it('of an account with a password sets a new one, and ends what was signed in', async () => {
      const ada = await create('ada');
      const before = { cookie: (await signIn('ada'))?.setCookies[0]?.split(';')[0] };
      const { token } = await identity.invitations.create(ada);
      expect(await identity.users.find(ada.id)).toMatchObject({ invitedUntil: null });
      expect(await identity.authenticate(before)).not.toBeNull();
      const accepted = await identity.invitations.accept(token, { password: 'another long password' }, CLIENT);
      expect(accepted).not.toBeNull();
      expect(await identity.authenticate(before)).toBeNull();
      expect(await signIn('ada')).toBeNull();
      expect(await identity.users.find(ada.id)).toMatchObject({ name: 'ada' });
    });

    it('shuts out whoever showed the old password while the new one was set', async () => {
      const real = createPasswordHashing();
      let whenVerified = async (): Promise<void> => undefined;
      const verify: PasswordHashing['verify'] = async (check) => {
        const isRight = await real.verify(check);
        await whenVerified();
        return isRight;
      };
      ({ identity } = await harness.open({ hashing: { hash: (password) => real.hash(password), verify } }));
      const ada = await create('ada');
      const own = { cookie: (await signIn('ada'))?.setCookies[0]?.split(';')[0] };
      const actor = await identity.authenticate(own);
      if (actor === null) throw new Error('not signed in');
      const { token } = await identity.invitations.create(ada);
      const password = 'another long password';
      let accepted: Promise<unknown> | undefined;
      whenVerified = async () => void (await (accepted ??= identity.invitations.accept(token, { password }, CLIENT)));
      const changes = [{ password: 'the password of a thief' }, { email: 'thief@example.com' }];
      const attempts = await Promise.allSettled([
        signIn('ada'),
        ...changes.map((change) => identity.account.change(actor, change, PASSWORD)),
      ]);
      expect(attempts).toMatchObject([
        { status: 'fulfilled', value: null },
        { status: 'rejected', reason: { code: 'invalid_request' } },
        { status: 'rejected', reason: { code: 'invalid_request' } },
      ]);
      expect(await accepted).not.toBeNull();
      expect(await identity.signIns.list(ada.id)).toHaveLength(1);
      expect(await identity.signInWithPassword('ada@example.com', password, CLIENT)).not.toBeNull();
    });
  });

  it('ends the invitations of an administrator who is locked, demoted or removed, and no others', async () => {
    await create('root', 'admin');
    const makers = await Promise.all(
      ['ada', 'bob', 'cid', 'dan'].map((name) =>
        identity.users.create({ email: `${name}@example.com`, name, role: 'admin' }),
      ),
    );
    const tokens = await Promise.all(
      makers.map(async ({ id, name }) => {
        const user = await identity.users.create({ email: `of-${name}@example.com`, name: 'New', role: 'user' });
        return { user, ...(await identity.invitations.create(user, null, id)) };
      }),
    );
    const [ada, bob, cid] = makers.map(({ id }) => id);
    await identity.users.update(ada ?? '', { status: 'locked' });
    await identity.users.update(bob ?? '', { role: 'operator' });
    await identity.users.remove(cid ?? '');
    // It stays ended.
    await identity.users.update(ada ?? '', { status: 'active' });
    const found = await Promise.all(tokens.map(({ token }) => identity.invitations.find(token)));
    expect(found.map((each) => each !== undefined)).toEqual([false, false, false, true]);
    const [first, , , last] = await Promise.all(tokens.map(({ user }) => identity.users.find(user.id)));
    expect(first?.invitedUntil?.getTime()).toBe(harness.nowMs());
    expect(last?.invitedUntil?.getTime()).toBe(harness.nowMs() + 7 * DAY_MS);
  });

  it('ends the keys that outrank whoever made them for another account, and no others', async () => {
    const roles = { peer: 'admin', watcher: 'operator', service: 'user' } as const;
    const open = (name: string, role: Role) => identity.users.create({ email: `${name}@example.com`, name, role });
    const owners = await Promise.all(Object.entries(roles).map(([name, role]) => open(name, role)));
    const makers = await Promise.all(['ada', 'bob', 'cid', 'dan'].map((name) => open(name, 'admin')));
    const made = new Map<string, { key: string; cookie: string | undefined }>();
    for (const { id: madeBy, name } of makers)
      for (const owner of owners) {
        const { key } = await identity.apiKeys.create(owner.id, { name: 'k', madeBy });
        const signedIn = await identity.signInWithApiKey(key, CLIENT);
        made.set(`${name} ${owner.name}`, { key, cookie: signedIn?.setCookies[0]?.split(';')[0] });
      }
    const listLive = async (by: Identity) => {
      const live = [];
      for (const [name, { key, cookie }] of made) {
        const actors = [await by.authenticate(bearer(key)), await by.authenticate({ cookie })];
        const count = actors.filter((each) => each !== null).length;
        if (count > 0) live.push(count === actors.length ? name : `half of ${name}`);
      }
      return live;
    };
    const [ada, bob, cid] = makers.map(({ id }) => id);
    const { store } = await harness.open();
    const setRole = (id: string | undefined, role: string) =>
      sql`update auth_user set role = ${role} where id = ${id}`.execute(store.database);
    const known = await Promise.all([...made.values()].map(({ key }) => identity.authenticate(bearer(key))));
    const { identity: elsewhere } = await harness.open();
    // Before anything is removed.
    await setRole(bob, 'operator');
    expect(await listLive(elsewhere)).toHaveLength(11);
    expect((await identity.findCurrent(known.filter((each) => each !== null))).size).toBe(11);
    await setRole(bob, 'admin');

    await identity.users.update(ada ?? '', { status: 'locked' });
    await identity.users.update(bob ?? '', { role: 'operator' });
    await identity.users.remove(cid ?? '');
    // They stay ended.
    await identity.users.update(ada ?? '', { status: 'active' });
    const left = ['ada service', 'bob watcher', 'bob service', 'cid service'];
    const ofDan = ['dan peer', 'dan watcher', 'dan service'];
    expect(await listLive(identity)).toEqual([...left, ...ofDan]);
    await identity.users.update(owners[2]?.id ?? '', { role: 'admin' });
    expect(await listLive(identity)).toEqual(['ada service', 'bob watcher', ...ofDan]);
  });

  describe('an invitation that was made with an API key', () => {
    const makeKey = async (options: { expiresAt?: Date; madeWith?: string } = {}) => {
      const { apiKey } = await identity.apiKeys.create(await findAdministrator(), { name: 'maker', ...options });
      return apiKey.id;
    };
    const inviteWith = async (name: string, key: string) => {
      const user = await identity.users.create({ email: `${name}@example.com`, name, role: 'admin' });
      return { user, ...(await identity.invitations.create(user, key)) };
    };
    const accept = (token: string) => identity.invitations.accept(token, { password: PASSWORD }, CLIENT);

    it('ends when the key is revoked, or the key that made the key', async () => {
      const first = await makeKey();
      const second = await makeKey({ madeWith: first });
      const ada = await inviteWith('ada', first);
      const bob = await inviteWith('bob', second);
      const other = await inviteWith('other', await makeKey());
      expect(ada.expiresAt.getTime()).toBe(harness.nowMs() + 7 * DAY_MS);
      harness.advance(1);
      expect(await identity.apiKeys.revoke(await findAdministrator(), first)).toBe(true);
      for (const { token, user } of [ada, bob]) {
        expect(await identity.invitations.find(token)).toBeUndefined();
        expect(await accept(token)).toBeNull();
        expect(await identity.users.find(user.id)).toMatchObject({ invitedUntil: new Date(harness.nowMs()) });
      }
      expect(await identity.users.find(other.user.id)).toMatchObject({ invitedUntil: other.expiresAt });
      expect(await accept(other.token)).not.toBeNull();
    });

    it('ends when the key goes with its user, also for an account with a password', async () => {
      const owner = await create('owner', 'admin');
      const { apiKey } = await identity.apiKeys.create(owner.id, { name: 'maker' });
      const ada = await create('ada', 'admin');
      const { token } = await identity.invitations.create(ada, apiKey.id);
      await identity.users.remove(owner.id);
      expect(await accept(token)).toBeNull();
      expect(await signIn('ada')).not.toBeNull();
    });

    it('expires no later than the key, and is replaced like any other', async () => {
      const expiresAt = new Date(harness.nowMs() + DAY_MS);
      const key = await makeKey({ expiresAt });
      const { user, ...invitation } = await inviteWith('ada', key);
      expect(invitation.expiresAt).toEqual(expiresAt);
      expect(await identity.users.find(user.id)).toMatchObject({ invitedUntil: expiresAt });
      const newer = await identity.invitations.create(user, key);
      expect(await identity.invitations.find(invitation.token)).toBeUndefined();
      expect(await identity.invitations.find(newer.token)).toBeDefined();
      harness.advance(DAY_MS);
      expect(await accept(newer.token)).toBeNull();
      const lasting = await identity.invitations.create(user);
      expect(await accept(lasting.token)).not.toBeNull();
    });
  });

  it('list their sign-ins, and end one of them', async () => {
    const ada = await create('ada');
    const cookies = [await signIn('ada'), await signIn('ada')].map((each) => ({
      cookie: each?.setCookies[0]?.split(';')[0],
    }));
    const [first] = await Promise.all(cookies.map((each) => identity.authenticate(each)));
    const listed = await identity.signIns.list(ada.id);
    expect(listed).toHaveLength(2);
    expect(listed[0]).toMatchObject({ address: CLIENT.address, userAgent: CLIENT.userAgent });
    const id = first?.credentialId ?? '';
    expect(await identity.signIns.end('user_other', id)).toBe(false);
    expect(await identity.signIns.end(ada.id, id)).toBe(true);
    expect(await identity.authenticate(cookies[0] ?? {})).toBeNull();
    expect(await identity.authenticate(cookies[1] ?? {})).not.toBeNull();
    expect(await identity.signIns.list(ada.id)).toHaveLength(1);
  });

  it('belong to one person of a provider, also when two claim them at once, until they are removed', async () => {
    const { store } = await harness.open();
    const links = createOidcLinks({ kind: store.kind, database: store.database, clock: { now: harness.nowMs } });
    const [ada, bob] = [
      await identity.users.create({ email: 'ada@example.com', name: 'Ada', role: 'user' }),
      await identity.users.create({ email: 'bob@example.com', name: 'Bob', role: 'user' }),
    ];
    const person = { providerId: 'oidc:test', subject: 'ada' };
    expect(await links.findUserId(person)).toBeUndefined();
    const made = await Promise.all([ada, bob].map(({ id }) => links.link(id, person)));
    expect(made.filter(Boolean)).toEqual([true]);
    const [winner, loser] = made[0] ? [ada, bob] : [bob, ada];
    expect(await links.findUserId(person)).toBe(winner.id);
    expect(await links.link(winner.id, person), 'again').toBe(true);
    expect(await links.link(winner.id, { ...person, subject: 'heir' })).toBe(false);
    expect(await links.link(loser.id, { ...person, providerId: 'oidc:other' }), 'of another provider').toBe(true);
    await identity.users.remove(winner.id);
    expect(await links.findUserId(person)).toBeUndefined();
  });
});
