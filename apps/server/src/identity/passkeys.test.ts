import { describe, expect, it } from 'vitest';

import type { Actor } from './actor.ts';
import { createSoftwareAuthenticator, type CeremonyOptions } from './fixtures/software-authenticator.ts';
import { useIdentityHarness } from './fixtures/use-identity-harness.ts';
import type { Identity } from './identity.ts';

const ORIGIN = 'https://agents.example';
const PASSWORD = 'correct horse battery';
const FROM = { address: '192.0.2.1' };

describe.each(['sqlite', 'postgres'])('passkeys on %s', (kind) => {
  const harness = useIdentityHarness(kind);

  async function signInAs(identity: Identity, email: string): Promise<Actor> {
    const signedIn = await identity.signInWithPassword(email, PASSWORD, FROM);
    return toActor(identity, signedIn?.setCookies);
  }
  async function toActor(identity: Identity, setCookies: readonly string[] = []): Promise<Actor> {
    const cookie = setCookies.map((each) => each.split(';')[0]).join('; ');
    const actor = await identity.authenticate({ cookie });
    if (actor === null) throw new Error('Nobody is signed in.');
    return actor;
  }
  async function openWithAda() {
    const { identity } = await harness().open();
    await identity.users.create({ email: 'ada@example.com', name: 'Ada', role: 'user', password: PASSWORD });
    const ada = await signInAs(identity, 'ada@example.com');
    const authenticator = createSoftwareAuthenticator(ORIGIN);
    const begin = (actor = ada) => identity.passkeys.beginAdd(actor, { origin: ORIGIN, currentPassword: PASSWORD });
    const add = async (otherwise?: CeremonyOptions) => {
      const credential = authenticator.make(await begin(), otherwise);
      return identity.passkeys.add(ada, { origin: ORIGIN, name: 'laptop', credential });
    };
    const use = async (otherwise?: CeremonyOptions) =>
      authenticator.use(await identity.passkeys.beginSignIn(ORIGIN), otherwise);
    const signIn = async (credential = use()) =>
      identity.signInWithPasskey({ credential: await credential, origin: ORIGIN }, FROM);
    return { identity, ada, authenticator, begin, add, use, signIn };
  }

  it('sign in whoever has added one, once for each challenge', async () => {
    const { identity, ada, add, use, signIn } = await openWithAda();
    expect(await identity.findSignInWays(ORIGIN)).toMatchObject({
      ...{ password: true, passkey: false, passkey_origin: ORIGIN },
    });
    const made = await add();
    expect(made).toMatchObject({ name: 'laptop', rpId: 'agents.example', lastUsedAt: null });
    const credential = await use();
    const signedIn = await signIn(Promise.resolve(credential));
    expect(await toActor(identity, signedIn?.setCookies)).toMatchObject({ userId: ada.userId, via: 'cookie' });
    expect(await signIn(Promise.resolve(credential)), 'again').toBeNull();
    expect(await identity.passkeys.list(ada.userId)).toMatchObject([{ id: made.id, lastUsedAt: expect.any(Date) }]);
    expect(await identity.findSignInWays(ORIGIN)).toMatchObject({ passkey: true });
    expect(await identity.findSignInWays('https://elsewhere.example')).toMatchObject({ passkey: false });
  });

  it('let people in where the server takes no passwords, which opens nothing then', async () => {
    const { identity: before } = await harness().open();
    const who = { email: 'ada@example.com', name: 'Ada', role: 'user' } as const;
    const { id } = await before.users.create({ ...who, password: PASSWORD });
    const { identity } = await harness().open({ takesPasswords: false });
    expect([await before.needsSignInLink(), await identity.needsSignInLink()]).toEqual([false, true]);
    expect(await identity.findSignInWays(ORIGIN)).toMatchObject({ password_sign_in: false, password: false });
    const refused = { code: 'permission_denied', message: expect.stringContaining('takes no passwords') };
    const { token } = await identity.invitations.create({ id });
    await expect(identity.signInWithPassword(who.email, PASSWORD, FROM)).rejects.toMatchObject(refused);
    await expect(identity.users.create({ ...who, email: 'bob@example.com', password: PASSWORD })).rejects.toMatchObject(
      refused,
    );
    await expect(identity.invitations.accept(token, { password: 'a new long password' }, FROM)).rejects.toMatchObject(
      refused,
    );

    const ada = await toActor(identity, (await identity.invitations.accept(token, {}, FROM))?.setCookies);
    expect(await before.signInWithPassword(who.email, PASSWORD, FROM), 'the earlier password is gone').toBeNull();
    await expect(identity.account.change(ada, { password: 'a new long password' })).rejects.toMatchObject(refused);
    const credential = createSoftwareAuthenticator(ORIGIN).make(
      await identity.passkeys.beginAdd(ada, { origin: ORIGIN }),
    );
    const passkey = await identity.passkeys.add(ada, { origin: ORIGIN, name: 'laptop', credential });
    await expect(identity.passkeys.remove(ada.userId, passkey.id)).rejects.toThrow(/Add another passkey/);
    expect(await identity.needsSignInLink()).toBe(false);
  });

  it('are refused for another page, another domain, an unverified person, a late answer, and another account', async () => {
    const { identity, ada, authenticator, begin, add, use, signIn } = await openWithAda();
    const wrong: CeremonyOptions[] = [
      { origin: 'https://agents.example.evil' },
      { rpId: 'evil.example' },
      { isVerified: false },
    ];
    for (const otherwise of wrong) await expect(add(otherwise)).rejects.toMatchObject({ code: 'invalid_request' });
    await identity.users.create({ email: 'eve@example.com', name: 'Eve', role: 'user', password: PASSWORD });
    const eve = await signInAs(identity, 'eve@example.com');
    const ofAda = authenticator.make(await begin());
    await expect(
      identity.passkeys.add(eve, { origin: ORIGIN, name: 'stolen', credential: ofAda }),
    ).rejects.toMatchObject({ code: 'invalid_request' });

    await add();
    for (const otherwise of wrong) expect(await signIn(use(otherwise)), JSON.stringify(otherwise)).toBeNull();
    const late = await use();
    harness().advance(5 * 60_000);
    expect(await signIn(Promise.resolve(late))).toBeNull();
    const { challenge } = await begin();
    const forAda = authenticator.use({ challenge, rpId: 'agents.example' });
    expect(await signIn(Promise.resolve(forAda)), 'a challenge of another purpose').toBeNull();
    const { response, ...rest } = await use();
    const userHandle = Buffer.from(eve.userId).toString('base64url');
    expect(await signIn(Promise.resolve({ ...rest, response: { ...response, userHandle } }))).toBeNull();
    const stranger = createSoftwareAuthenticator(ORIGIN);
    expect(await signIn(Promise.resolve(stranger.use(await identity.passkeys.beginSignIn(ORIGIN))))).toBeNull();
    expect(await identity.passkeys.list(ada.userId)).toHaveLength(1);
  });

  it('are not added by a sign-in that has ended', async () => {
    const { identity, ada, authenticator, begin } = await openWithAda();
    const credential = authenticator.make(await begin());
    await identity.signIns.end(ada.userId, ada.credentialId);
    await expect(identity.passkeys.add(ada, { origin: ORIGIN, name: 'late', credential })).rejects.toMatchObject({
      code: 'authentication_required',
    });
    expect(await identity.passkeys.list(ada.userId)).toEqual([]);
  });

  it('are added once, and a count of signatures is good once, also at once', async () => {
    const { add, use, signIn } = await openWithAda();
    await add();
    await expect(add()).rejects.toMatchObject({ code: 'state_conflict', message: expect.stringContaining('before') });
    const credentials = await Promise.all([1, 2, 3, 4].map(() => use({ count: 5 })));
    const results = await Promise.all(credentials.map((each) => signIn(Promise.resolve(each))));
    expect(results.filter((each) => each !== null)).toHaveLength(1);
    expect(await signIn(use({ count: 6 }))).not.toBeNull();
  });

  it('end with their sign-ins when they are removed, by a lock, and by a link for a new password', async () => {
    const { identity, ada, add, signIn } = await openWithAda();
    const { id } = await add();
    const byPasskey = await toActor(identity, (await signIn())?.setCookies);
    expect(await identity.passkeys.remove('user_other', id)).toBe(false);
    expect(await identity.passkeys.remove(ada.userId, id)).toBe(true);
    expect([...(await identity.findCurrent([ada, byPasskey])).keys()]).toEqual([ada.credentialId]);
    expect(await signIn()).toBeNull();

    await add();
    await identity.users.update(ada.userId, { status: 'locked' });
    await expect(signIn()).rejects.toMatchObject({ code: 'permission_denied' });
    await identity.users.update(ada.userId, { status: 'active' });
    expect(await signIn()).not.toBeNull();
    const { token } = await identity.invitations.create({ id: ada.userId });
    await identity.invitations.accept(token, { password: 'a new long password' }, FROM);
    expect(await identity.passkeys.list(ada.userId)).toEqual([]);
  });

  it('are added only after a confirmation, and the last way to sign in stays', async () => {
    const { identity } = await harness().open();
    const link = await identity.createSignInLink();
    const linked = await toActor(identity, (await identity.redeemSignInLink(link.token, FROM))?.setCookies);
    const authenticator = createSoftwareAuthenticator(ORIGIN);
    const credential = authenticator.make(await identity.passkeys.beginAdd(linked, { origin: ORIGIN }));
    const { id } = await identity.passkeys.add(linked, { origin: ORIGIN, name: 'only', credential });
    await expect(identity.passkeys.remove(linked.userId, id)).rejects.toMatchObject({ code: 'state_conflict' });
    await identity.signIns.end(linked.userId, linked.credentialId);
    expect(await identity.needsSignInLink(), 'somebody can sign in').toBe(false);
    await identity.users.create({ email: 'ada@example.com', name: 'Ada', role: 'user', password: PASSWORD });
    const ada = await signInAs(identity, 'ada@example.com');
    for (const currentPassword of [undefined, 'wrong'])
      await expect(identity.passkeys.beginAdd(ada, { origin: ORIGIN, currentPassword })).rejects.toMatchObject({
        code: 'invalid_request',
      });
  });
});
