import { describe, expect, it } from 'vitest';

import type { Role } from '../identity/actor.ts';
import { ACTIONS, type Action } from './actions.ts';
import { may, mayEver } from './may.ts';
import type { Relation } from './relation.ts';

const WHO = { nobody: undefined, user: { role: 'user' }, operator: { role: 'operator' }, admin: { role: 'admin' } };
type Who = keyof typeof WHO;
const RELATIONS: readonly Relation[] = ['own', 'manage', 'drive', 'view', 'published', 'none'];

/** Who may do it with what is their own, shared with them at each level, published, anything else. */
type Case = readonly [
  own: readonly Who[],
  manage: readonly Who[],
  drive: readonly Who[],
  view: readonly Who[],
  published: readonly Who[],
  none: readonly Who[],
];

const ALL: readonly Who[] = ['nobody', 'user', 'operator', 'admin'];
const SIGNED_IN: readonly Who[] = ['user', 'operator', 'admin'];
const OPERATORS: readonly Who[] = ['operator', 'admin'];
const NONE: readonly Who[] = [];

const PUBLIC: Case = [ALL, ALL, ALL, ALL, ALL, ALL];
const EVERYBODY: Case = [SIGNED_IN, SIGNED_IN, SIGNED_IN, SIGNED_IN, SIGNED_IN, SIGNED_IN];
const OWNER: Case = [SIGNED_IN, NONE, NONE, NONE, NONE, NONE];
const MANAGER: Case = [SIGNED_IN, SIGNED_IN, NONE, NONE, NONE, NONE];
const DRIVER: Case = [SIGNED_IN, SIGNED_IN, SIGNED_IN, NONE, NONE, NONE];
const VIEWER: Case = [SIGNED_IN, SIGNED_IN, SIGNED_IN, SIGNED_IN, NONE, NONE];
const READER: Case = [SIGNED_IN, NONE, NONE, NONE, SIGNED_IN, NONE];
const OWNER_OR_ADMIN: Case = [SIGNED_IN, NONE, NONE, NONE, ['admin'], NONE];
const PUBLISHER: Case = [OPERATORS, NONE, NONE, NONE, ['admin'], NONE];
const OWNER_OR_OPERATOR: Case = [SIGNED_IN, OPERATORS, OPERATORS, OPERATORS, OPERATORS, OPERATORS];
const OPERATOR: Case = [OPERATORS, OPERATORS, OPERATORS, OPERATORS, OPERATORS, OPERATORS];
const ADMIN: Case = [['admin'], ['admin'], ['admin'], ['admin'], ['admin'], ['admin']];

const CASES: Record<Action, Case> = {
  'public.use': PUBLIC,
  'chat.connect': EVERYBODY,
  'account.read': OWNER,
  'account.change': OWNER,
  'account.export': OWNER,
  'api_key.read': OWNER,
  'api_key.create': OWNER,
  'api_key.revoke': OWNER,
  'sign_in.read': OWNER,
  'sign_in.end': OWNER,
  'push.read': OWNER,
  'push.change': OWNER,
  'user.read': OPERATOR,
  'user.change': ADMIN,
  'user.export': ADMIN,
  'user.erase': ADMIN,
  'agent.create': OWNER,
  'agent.read': READER,
  'agent.update': OWNER_OR_ADMIN,
  'agent.publish': PUBLISHER,
  'agent.archive': OWNER_OR_ADMIN,
  'environment.create': OWNER,
  'environment.read': READER,
  'environment.update': OWNER_OR_ADMIN,
  'environment.publish': PUBLISHER,
  'environment.archive': OWNER_OR_ADMIN,
  'environment.delete': OWNER_OR_ADMIN,
  'file.upload': OWNER,
  'file.read': VIEWER,
  'file.delete': OWNER,
  'skill.create': OWNER,
  'skill.read': OWNER,
  'skill.update': OWNER,
  'skill.delete': OWNER,
  'session.create': OWNER,
  'session.read': VIEWER,
  'session.send': DRIVER,
  'session.change_files': DRIVER,
  'session.rewind': DRIVER,
  'terminal.read': DRIVER,
  'terminal.use': DRIVER,
  'terminal.open_unconfined': [['admin'], ['admin'], ['admin'], NONE, NONE, NONE],
  'session.run_unconfined': [['admin'], ['admin'], ['admin'], NONE, NONE, NONE],
  'session.trust_workspace': OWNER,
  'workspace_trust.read': OWNER,
  'workspace_trust.end': OWNER,
  'session.hand_over': DRIVER,
  'approval.answer_handed_over': OPERATOR,
  'approval.allow_for_others': [OPERATORS, SIGNED_IN, OPERATORS, OPERATORS, OPERATORS, OPERATORS],
  'approval.read': OWNER,
  'session.update': MANAGER,
  'session.change_resources': MANAGER,
  'session.read_shares': MANAGER,
  'session.share': MANAGER,
  'session.leave': [NONE, SIGNED_IN, SIGNED_IN, SIGNED_IN, NONE, NONE],
  'session.find_person': OWNER,
  'session.run_unasked': [OPERATORS, NONE, NONE, NONE, NONE, NONE],
  'session.revoke_rule': DRIVER,
  'session.fork': VIEWER,
  'session.archive': MANAGER,
  'session.delete': MANAGER,
  'deployment.read': OWNER,
  'deployment.change': OWNER,
  'deployment.run': OWNER,
  'deployment.deliver': PUBLIC,
  'secret.read': OWNER,
  'secret.change': OWNER,
  'vault.read': OWNER,
  'vault.change': OWNER,
  'platform_secret.read': OPERATOR,
  'platform_secret.change': OPERATOR,
  'mcp_sign_in.read': OWNER,
  'mcp_sign_in.change': OWNER,
  'mcp_sign_in.finish': OWNER,
  'platform_mcp_sign_in.read': OPERATOR,
  'platform_mcp_sign_in.change': OPERATOR,
  'process.read': OPERATOR,
  'process.control': OPERATOR,
  'log_level.read': OPERATOR,
  'log_level.change': OPERATOR,
  'upstream.read': OPERATOR,
  'usage.read': OWNER_OR_OPERATOR,
  'budget.read': OWNER_OR_OPERATOR,
  'budget.change': OPERATOR,
  'audit.read': OPERATOR,
  'stop.read': OPERATOR,
  'stop.change': OPERATOR,
  'overview.read': OPERATOR,
  'settings.read': OPERATOR,
  'folder_root.read': EVERYBODY,
  'folder_root.change': ADMIN,
  'folder_lease.read': EVERYBODY,
  'folder_lease.release': [SIGNED_IN, ['admin'], ['admin'], ['admin'], ['admin'], ['admin']],
  'policy.read': OPERATOR,
  'policy.change': ADMIN,
  'plugin.read': EVERYBODY,
  'plugin.review': ADMIN,
  'plugin.configure': OPERATOR,
  'plugin.test': OPERATOR,
  'plugin.change': ADMIN,
  'endpoint.read': EVERYBODY,
  'endpoint.send': EVERYBODY,
  'metrics.read': OPERATOR,
};

/** Whatever is not here changes something, and needs the scope `write`. */
const READING: readonly Action[] = [
  'public.use',
  'chat.connect',
  'account.read',
  'account.export',
  'user.export',
  'api_key.read',
  'sign_in.read',
  'user.read',
  'agent.read',
  'environment.read',
  'file.read',
  'skill.read',
  'session.read',
  'terminal.read',
  'session.read_shares',
  'session.find_person',
  'workspace_trust.read',
  'deployment.read',
  'deployment.deliver',
  'approval.read',
  'secret.read',
  'vault.read',
  'platform_secret.read',
  'mcp_sign_in.read',
  'platform_mcp_sign_in.read',
  'process.read',
  'stop.read',
  'settings.read',
  'overview.read',
  'upstream.read',
  'folder_root.read',
  'folder_lease.read',
  'policy.read',
  'plugin.read',
  'plugin.review',
  'endpoint.read',
  'usage.read',
  'budget.read',
  'audit.read',
  'push.read',
  'metrics.read',
  'log_level.read',
];

describe('a credential that may only read', () => {
  const reader = { role: 'admin', scopes: ['read'] } as const;
  it.each(Object.keys(ACTIONS) as Action[])('is judged by what %s does', (action) => {
    const expected = READING.includes(action) && mayEver({ role: 'admin' }, action);
    expect(mayEver(reader, action)).toBe(expected);
    expect(may(reader, action, 'own')).toBe(expected);
    expect(may(reader, action, 'none')).toBe(expected && may({ role: 'admin' }, action, 'none'));
  });
});

describe.each(Object.keys(ACTIONS) as Action[])('%s', (action) => {
  it.each(RELATIONS)('is for whom it should be when the relation is %s', (relation) => {
    const allowed = ALL.filter((who) => may(WHO[who] as { role: Role } | undefined, action, relation));
    expect(allowed).toEqual(CASES[action][RELATIONS.indexOf(relation)]);
  });

  it('can be done at all by whoever can do it with something', () => {
    const allowed = ALL.filter((who) => mayEver(WHO[who] as { role: Role } | undefined, action));
    expect(allowed).toEqual(ALL.filter((who) => CASES[action].some((each) => each.includes(who))));
  });
});
