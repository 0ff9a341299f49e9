import { expect, it } from 'vitest';

import { toTestActor } from './fixtures/actor-harness.ts';
import { getPermitted } from './get-permitted.ts';

const ada = toTestActor('user_ada');
const own = { ownerId: 'user_ada', scope: 'account' } as const;
const closed = { ownerId: 'user_bob', scope: 'account' } as const;
const published = { ownerId: 'user_bob', scope: 'organization' } as const;
const platforms = { ownerId: null, scope: 'organization' } as const;

it('gives what the actor owns, and what everybody may use', () => {
  expect(getPermitted(ada, 'agent.update', { found: own, name: 'agent_1' })).toBe(own);
  expect(getPermitted(ada, 'agent.read', { found: published, name: 'agent_1' })).toBe(published);
  expect(getPermitted(ada, 'agent.read', { found: platforms, name: 'agent_1' })).toBe(platforms);
});

it('answers what another user owns as what is not there', () => {
  const root = toTestActor('user_root', 'admin');
  for (const [actor, found] of [
    [ada, closed],
    [ada, undefined],
    [root, closed],
  ] as const) {
    const get = () => getPermitted(actor, 'agent.update', { found, name: 'agent_1' });
    expect(get).toThrow(expect.objectContaining({ code: 'not_found', message: 'There is no agent_1' }));
  }
});

it('says that it is refused to who may know of it', () => {
  const refusal = 'Only its owner may';
  const get = () => getPermitted(ada, 'agent.update', { found: published, name: 'agent_1', refusal });
  expect(get).toThrow(expect.objectContaining({ code: 'permission_denied', message: refusal }));
});
