import { describe, expect, it } from 'vitest';

import type { Fact } from '../../audit/fact.ts';
import { seal } from '../../secrets/envelope.ts';
import { createKeyring } from '../../secrets/keyring.ts';
import { openStore } from '../../store/open-store.ts';
import type { SecretOwner } from '../../store/secrets.ts';
import { createFixedKey, createSecretKeys } from './upstream-keys.ts';

const NAME = 'SECOND_KEY';
const PLATFORM = { scope: 'platform', ownerId: '' } as const;
const CALL = { ownerId: 'user_1', agentId: 'agent_1' };

async function openStage() {
  const store = await openStore({ url: 'sqlite::memory:' });
  let isAway = false;
  const secrets: Pick<typeof store.secrets, 'find'> = {
    find: (place) => (isAway ? Promise.reject(new Error('The database is away')) : store.secrets.find(place)),
  };
  const keyring = createKeyring('a secrets key of at least 32 characters', undefined);
  const facts: Fact[] = [];
  let nowMs = 0;
  const record = async (fact: Fact) => void facts.push(fact);
  const find = createSecretKeys({ secrets, agents: store.agents, keyring, audit: { record }, uptimeMs: () => nowMs });
  const putAgent = (ownerId: string | null, scope: 'account' | 'organization', expectedVersion = 0) =>
    store.agents.put({ id: 'agent_1', name: 'Agent', definition: {}, ownerId, scope, expectedVersion });
  await putAgent('user_2', 'organization');
  return {
    facts,
    putAgent,
    find: find(NAME, 'second'),
    setAway: (next: boolean) => (isAway = next),
    pass: (ms: number) => (nowMs += ms),
    put: (owner: SecretOwner, value: string) =>
      store.secrets.put({ ...owner, name: NAME }, seal(keyring, { ...owner, name: NAME }, value)),
    remove: (owner: SecretOwner) => store.secrets.delete({ ...owner, name: NAME }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

const found = (value: string, owner = 'platform') => ({ state: 'found', value, owner, secret: NAME });

describe('a key that is a secret', () => {
  it('is that of the user, or else of the agent, or else of the platform', async () => {
    await using stage = await openStage();
    await stage.put(PLATFORM, 'of all');
    await stage.put({ scope: 'agent', ownerId: 'agent_1' }, 'of the agent');
    await stage.put({ scope: 'user', ownerId: 'user_1' }, 'of the user\n');
    expect(await stage.find(CALL)).toEqual(found('of the user', 'user'));
    expect(await stage.find({ ...CALL, ownerId: 'user_2' })).toEqual(found('of the agent', 'agent'));
    expect(await stage.find({ ownerId: 'user_2', agentId: 'agent_2' })).toEqual(found('of all'));
    expect(await stage.find({ ownerId: null })).toEqual(found('of all'));
    // No header takes it, and nobody else pays instead.
    await stage.put({ scope: 'user', ownerId: 'user_3' }, 'two\nlines');
    expect(await stage.find({ ...CALL, ownerId: 'user_3' })).toEqual({ state: 'missing', secret: NAME });
  });

  it('is the one of the agent only for those who may use that agent', async () => {
    await using stage = await openStage();
    await stage.put(PLATFORM, 'of all');
    await stage.put({ scope: 'agent', ownerId: 'agent_1' }, 'of the agent');
    expect(await stage.find(CALL)).toEqual(found('of the agent', 'agent'));
    // A fork of a session of the agent may belong to somebody else.
    await stage.putAgent('user_2', 'account', 1);
    expect(await stage.find(CALL)).toEqual(found('of all'));
    expect(await stage.find({ ...CALL, ownerId: null })).toEqual(found('of all'));
    expect(await stage.find({ ...CALL, ownerId: 'user_2' })).toEqual(found('of the agent', 'agent'));
  });

  it('is read again after two seconds: changed, removed and set again', async () => {
    await using stage = await openStage();
    expect(await stage.find(CALL)).toEqual({ state: 'missing', secret: NAME });
    await stage.put(PLATFORM, 'first');
    expect(await stage.find(CALL)).toEqual({ state: 'missing', secret: NAME });
    stage.pass(2000);
    expect(await stage.find(CALL)).toEqual(found('first'));
    await stage.put(PLATFORM, 'second');
    stage.pass(2000);
    expect(await stage.find(CALL)).toEqual(found('second'));
    await stage.remove(PLATFORM);
    stage.pass(2000);
    expect(await stage.find(CALL)).toEqual({ state: 'missing', secret: NAME });
  });

  it('stays what it was while the database is away, and is unknown where nobody has read it', async () => {
    await using stage = await openStage();
    await stage.put(PLATFORM, 'first');
    stage.setAway(true);
    await expect(stage.find(CALL)).rejects.toThrow('away');
    stage.setAway(false);
    expect(await stage.find(CALL)).toEqual(found('first'));
    stage.setAway(true);
    for (let reads = 0; reads < 3; reads += 1) {
      stage.pass(2000);
      expect(await stage.find(CALL)).toEqual(found('first'));
    }
  });

  it('is in the audit log once for each value', async () => {
    await using stage = await openStage();
    await stage.put(PLATFORM, 'first');
    for (let reads = 0; reads < 3; reads += 1, stage.pass(2000)) await stage.find(CALL);
    await stage.put(PLATFORM, 'second');
    await stage.find(CALL);
    expect(stage.facts).toMatchObject(
      [1, 2].map(() => ({ action: 'secret.use', target: { id: NAME }, details: { upstream: 'second' } })),
    );
    expect(JSON.stringify(stage.facts)).not.toContain('first');
  });
});

it('is the same for all where it is in the environment', async () => {
  expect(await createFixedKey('sk')(CALL)).toEqual({ state: 'found', value: 'sk', owner: 'server' });
  expect(await createFixedKey(undefined)(CALL)).toEqual({ state: 'none_needed' });
});
