import { CspError } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import type { Fact } from '../audit/fact.ts';
import type { Actor } from '../identity/actor.ts';
import { openStore } from '../store/open-store.ts';
import type { SecretPlace } from '../store/secrets.ts';
import { seal, unseal } from './envelope.ts';
import { createKeyring } from './keyring.ts';
import { PreviewMask } from './preview-mask.ts';
import { createSecretResolver, type SecretContext } from './resolve-secrets.ts';
import { rewrapSecrets } from './rewrap-secrets.ts';
import { createSecretBook } from './secret-book.ts';
import { SecretsInUse } from './secrets-in-use.ts';

const OLD = 'the old secrets key of this deployment';
const NEW = 'the new secrets key of this deployment';
const VALUE = 'hunter2-hunter2';
const place: SecretPlace = { scope: 'user', ownerId: 'user_a', name: 'TOKEN' };
const ada = { userId: 'user_a', role: 'operator', scopes: ['read', 'write'] } as unknown as Actor;
const eve = { userId: 'user_e', role: 'user', scopes: ['read', 'write'] } as unknown as Actor;

async function openParts() {
  const store = await openStore({ url: 'sqlite::memory:' });
  const facts: Fact[] = [];
  const audit = { record: async (fact: Fact) => void facts.push(fact) };
  const keyring = createKeyring(NEW);
  const inUse = new SecretsInUse();
  return {
    ...{ store, facts, inUse, keyring },
    book: createSecretBook({ store, audit, keyring }),
    resolver: createSecretResolver({ secrets: store.secrets, audit, keyring, inUse }),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

it('decrypts what it encrypted, twice alike never, and only at its place', () => {
  const keyring = createKeyring(NEW);
  const sealed = seal(keyring, place, `${VALUE} é\n`);
  expect(unseal(keyring, place, sealed)).toBe(`${VALUE} é\n`);
  expect(JSON.stringify(sealed)).not.toContain(VALUE);
  const again = seal(keyring, place, `${VALUE} é\n`);
  expect([again.ciphertext, again.wrappedKey]).not.toContain(sealed.ciphertext);
  expect(again.wrappedKey).not.toBe(sealed.wrappedKey);

  const elsewhere: SecretPlace[] = [
    { ...place, name: 'OTHER' },
    { ...place, ownerId: 'user_b' },
    { ...place, scope: 'agent' },
  ];
  for (const other of elsewhere) expect(() => unseal(keyring, other, sealed)).toThrow(/row was changed, or copied/);
  // The value's own key, moved to a value that it did not encrypt.
  expect(() => unseal(keyring, place, { ...again, ciphertext: sealed.ciphertext })).toThrow(/row was changed/);
  for (const field of ['wrappedKey', 'ciphertext'] as const) {
    const bytes = Buffer.from(sealed[field], 'base64url');
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(() => unseal(keyring, place, { ...sealed, [field]: bytes.toString('base64url') })).toThrow(CspError);
    expect(() => unseal(keyring, place, { ...sealed, [field]: '' })).toThrow(CspError);
  }
});

it('says of a secret of another key how to read it, and reads it while both keys are given', () => {
  const sealed = seal(createKeyring(OLD), place, VALUE);
  expect(() => unseal(createKeyring(NEW), place, sealed)).toThrow(/TOKEN.*another secrets key.*SECRETS_KEY_PREVIOUS/);
  expect(unseal(createKeyring(NEW, OLD), place, sealed)).toBe(VALUE);
  expect(unseal(createKeyring(OLD, NEW), place, seal(createKeyring(NEW), place, VALUE))).toBe(VALUE);
});

it('wraps everything with the new key, page by page, and leaves what it cannot read', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const both = createKeyring(NEW, OLD);
  const names = Array.from({ length: 201 }, (_, index) => `S${index}`);
  for (const name of names)
    await store.secrets.put({ ...place, name }, seal(createKeyring(OLD), { ...place, name }, name));
  await store.secrets.put(place, seal(createKeyring('a key that nobody has any more, alas'), place, VALUE));

  expect(await rewrapSecrets(store.secrets, both)).toEqual({
    ...{ rewrapped: 201, unreadable: 1 },
    examples: [expect.stringContaining('The secret TOKEN was encrypted with another secrets key')],
  });
  for (const name of names) {
    const sealed = await store.secrets.find({ ...place, name });
    expect(sealed && unseal(createKeyring(NEW), { ...place, name }, sealed)).toBe(name);
  }
});

it('lets each set what is theirs, tells no value, and records who did it', async () => {
  await using parts = await openParts();
  const { book, store, facts } = parts;
  await book.put(ada, { scope: 'platform' }, { name: 'SHARED', value: VALUE });
  await book.put(eve, { scope: 'user' }, { name: 'OWN', value: VALUE });
  expect((await book.list(ada)).map(({ scope, name }) => `${scope} ${name}`)).toEqual(['platform SHARED']);
  expect(await book.list(eve)).toEqual([
    {
      ...{ scope: 'user', ownerId: 'user_e', name: 'OWN', agentName: null, updatedBy: 'user_e' },
      ...{ createdAt: expect.any(String), updatedAt: expect.any(String) },
    },
  ]);

  const agent = await store.agents.put({
    ...{ id: 'agent_1', name: 'A', definition: {}, ownerId: 'user_a', scope: 'organization' },
  });
  const ofAgent = { scope: 'agent', agentId: agent.id } as const;
  await book.put(ada, ofAgent, { name: 'KEY', value: VALUE });
  const listed = [expect.objectContaining({ name: 'KEY', agentName: agent.name, updatedBy: ada.userId })];
  expect(await book.list(ada, ofAgent)).toEqual(listed);
  expect(await book.listOfAgents(ada)).toEqual(listed);
  // Everybody may use the agent, but not change it.
  expect(await book.listOfAgents(eve)).toEqual([]);
  const refused: (() => Promise<unknown>)[] = [
    () => book.put(eve, { scope: 'platform' }, { name: 'SHARED', value: 'x' }),
    () => book.list(eve, { scope: 'platform' }),
    () => book.remove(eve, { scope: 'platform' }, 'SHARED'),
    () => book.put(eve, ofAgent, { name: 'KEY', value: 'x' }),
    () => book.list(eve, ofAgent),
  ];
  for (const attempt of refused) await expect(attempt()).rejects.toMatchObject({ code: 'permission_denied' });
  await expect(book.list(eve, { scope: 'agent', agentId: 'agent_2' })).rejects.toMatchObject({ code: 'not_found' });
  for (const value of ['', 'a\u0000b', '\ud800', 'é'.repeat(20_000)])
    await expect(book.put(eve, { scope: 'user' }, { name: 'OWN', value })).rejects.toBeInstanceOf(CspError);

  await book.remove(eve, { scope: 'user' }, 'OWN');
  await expect(book.remove(eve, { scope: 'user' }, 'OWN')).rejects.toMatchObject({ code: 'not_found' });
  expect(facts.map(({ action, target, details }) => [action, target.id, details])).toEqual([
    ['secret.put', 'SHARED', { scope: 'platform' }],
    ['secret.put', 'OWN', { scope: 'user', owner_id: 'user_e' }],
    ['secret.put', 'KEY', { scope: 'agent', owner_id: 'agent_1' }],
    ['secret.delete', 'OWN', { scope: 'user', owner_id: 'user_e' }],
  ]);
});

it('keeps 200 secrets of an owner, and changes one of them also then', async () => {
  await using parts = await openParts();
  const put = (name: string) => parts.book.put(eve, { scope: 'user' }, { name, value: VALUE });
  for (let index = 0; index < 200; index += 1) await put(`S${index}`);
  await expect(put('S200')).rejects.toMatchObject({ code: 'quota_exceeded' });
  await put('S0');
  expect(await parts.book.list(eve)).toHaveLength(200);
});

it('fills in what was granted, the user’s before the agent’s before the platform’s, and records each use', async () => {
  await using parts = await openParts();
  const { resolver, store, keyring, facts, inUse } = parts;
  const put = (at: SecretPlace, value: string) => store.secrets.put(at, seal(keyring, at, value));
  for (const name of ['A', 'B', 'C']) await put({ scope: 'platform', ownerId: '', name }, `platform ${name}`);
  for (const name of ['A', 'B']) await put({ scope: 'agent', ownerId: 'agent_1', name }, `agent ${name}`);
  await put({ scope: 'user', ownerId: 'user_a', name: 'A' }, 'user A ${secret:C}');
  const plugin = { name: 'docs', secrets: ['A', 'B', 'C', 'D'] };
  const context: SecretContext = {
    ...{ plugin, agentId: 'agent_1', agentSecrets: true, userId: 'user_a', sessionId: 'sesn_1' },
  };

  const values = { X: '${secret:A}, ${secret:B} and ${secret:A}', Y: 'Bearer ${secret:C}', Z: '${OTHER}' };
  expect(await resolver.resolve(values, context)).toEqual({
    ...{ X: 'user A ${secret:C}, agent B and user A ${secret:C}', Y: 'Bearer platform C', Z: '${OTHER}' },
  });
  expect(
    facts.map(({ action, target, details }) => [action, target.id, details?.['scope'], details?.['plugin']]),
  ).toEqual([
    ['secret.use', 'A', 'user', 'docs'],
    ['secret.use', 'B', 'agent', 'docs'],
    ['secret.use', 'C', 'platform', 'docs'],
  ]);
  expect(new Set(inUse.of('sesn_1').map(({ mask }) => mask))).toEqual(new Set(['[hidden: A]', '[hidden: C]']));

  const resolveA = (changed: Partial<SecretContext>) =>
    resolver.resolve({ X: '${secret:A}' }, { ...context, ...changed });
  expect(await resolveA({ userId: undefined })).toEqual({ X: 'agent A' });
  expect(await resolveA({ userId: undefined, agentId: undefined })).toEqual({ X: 'platform A' });
  // Whoever writes an agent gets nothing but what is the agent's.
  expect(await resolveA({ plugin: undefined })).toEqual({ X: 'agent A' });
  await expect(resolveA({ plugin: undefined, agentId: 'agent_2' })).rejects.toThrow(/no secret A of the agent agent_2/);
  // A server that is not the agent's own gets none of the agent's.
  expect(await resolveA({ userId: undefined, agentSecrets: undefined })).toEqual({ X: 'platform A' });
  await expect(resolveA({ plugin: undefined, agentSecrets: undefined })).rejects.toMatchObject({
    code: 'permission_denied',
  });
  await expect(resolveA({ plugin: { name: 'docs', secrets: ['B'] } })).rejects.toMatchObject({
    ...{
      code: 'permission_denied',
      message: expect.stringContaining('A was not granted to the plugin docs'),
      details: { remedy: expect.stringMatching(/csp plugin activate docs --grant secrets=\S*A /) },
    },
  });
  await expect(resolver.resolve({ X: '${secret:D}' }, context)).rejects.toThrow(/no secret D, which the plugin docs/);
  await expect(resolver.resolve({ X: '${secret:a b}' }, context)).rejects.toMatchObject({ code: 'invalid_request' });
});

it('hides the values that a session got, in its events by name and in logs of all', () => {
  const inUse = new SecretsInUse();
  const untouched = { text: VALUE };
  expect(inUse.mask(untouched)).toBe(untouched);
  inUse.note('sesn_1', { name: 'TOKEN', value: VALUE });
  inUse.note('sesn_2', { name: 'PEM', value: 'first line of it\nsecond line of it\n' });
  inUse.note('sesn_2', { name: 'PIN', value: '1234567' });
  expect(inUse.of('sesn_1')).toEqual([{ text: VALUE, mask: '[hidden: TOKEN]' }]);
  expect(inUse.of('sesn_3')).toEqual([]);
  inUse.note('sesn_5', { name: 'DOTS', value: 'a/b/../../word' });
  expect(inUse.maskOf('sesn_5', 'word')).toBe('word');
  // As it stands in a URL.
  const odd = 'Kp w/"7<Q>{9}&=c+V?é';
  inUse.note('sesn_4', { name: 'ODD', value: odd });
  const urls = [`https://a.example/x/${odd}/y`, `https://a.example/?k=${odd}`].map((text) => new URL(text).href);
  const form = new URLSearchParams({ k: odd }).toString();
  expect(inUse.maskOf('sesn_4', [...urls, form, encodeURIComponent(odd)])).toEqual([
    ...[
      'https://a.example/x/[hidden: ODD]/y',
      'https://a.example/?k=[hidden: ODD]',
      'k=[hidden: ODD]',
      '[hidden: ODD]',
    ],
  ]);
  expect(inUse.mask({ a: [`x${VALUE}y`], b: { msg: '1 second line of it', pin: '1234567' } })).toEqual({
    ...{ a: ['x[hidden: TOKEN]y'], b: { msg: '1 [hidden: PEM]', pin: '1234567' } },
  });
  expect([inUse.maskOf('sesn_1', VALUE), inUse.maskOf('sesn_2', VALUE)]).toEqual(['[hidden: TOKEN]', VALUE]);
});

it('shows no piece of a secret in previews, however it is cut, and everything else', () => {
  const hidden = [{ text: VALUE, mask: '[hidden: TOKEN]' }];
  const text = `It is ${VALUE}, not hunter2-hunted, hunter2-`;
  for (let size = 1; size <= text.length; size += 1) {
    const previews = new PreviewMask();
    let shown = '';
    for (let at = 0; at < text.length; at += size) {
      const content = { type: 'text', text: text.slice(at, at + size) } as const;
      const delta = { type: 'content_delta', content, index: 0 } as const;
      const masked = previews.mask({ type: 'event_delta', event_id: 'sevt_1', delta }, hidden);
      if (masked?.type === 'event_delta' && masked.delta.content.type === 'text') shown += masked.delta.content.text;
    }
    // The end may still become a secret.
    expect(shown, `pieces of ${size}`).toBe('It is [hidden: TOKEN], not hunter2-hunted, ');
  }
});
