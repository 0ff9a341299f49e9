import { ACTIONS, getRule, type Action, type ActionRule } from '../../apps/server/src/access/actions.ts';
import { ROLES, type Role } from '../../apps/server/src/identity/actor.ts';
import { SHARE_LEVELS } from '../../apps/server/src/store/shares.ts';

const NAMES: Record<Role, string> = { user: 'users', operator: 'operators', admin: 'administrators' };

/** Renders docs/operate/roles.md from the table that the server uses for its decisions. */
export function renderRoles(): string {
  const rows = (Object.keys(ACTIONS) as Action[]).map((action) => {
    const rule = getRule(action);
    const cookie = rule.via === 'cookie' ? ' (in the browser only)' : '';
    const cells = [`\`${action}\``, `${rule.allows}${cookie}`, `\`${rule.scope}\``, ...toCells(rule)];
    return `| ${cells.join(' | ')} |`;
  });
  return `# Roles

Every account has one role: **user**, **operator** or **administrator** (\`user\`, \`operator\`, \`admin\`). Each role may do what the
one before it may do. Administrators set a role with \`PATCH /api/v1/users/{id}\`, see [Accounts](accounts.md). Within 2 s of a change, the
server closes all open connections of that user.

Each route of the API and each frame of a chat connection needs one action of this table. A resource that another user owns and has
neither published nor shared with you answers 404, as if it did not exist, also to administrators. A user who may see a resource, and
may not do this with it, gets 403.

An API key has the scopes \`read\` and \`write\`, or \`read\` alone: then it may do only the actions of that **scope**, and a request for
another gets 403. A sign-in that was made with a key has the scopes of the key.

Columns: the scope that a key needs; your **own** resources; sessions that another user **shares** with you, and the least level that
it takes (\`view\` < \`drive\` < \`manage\`, see [Sharing sessions](../guide/sharing.md)); agents and environments that another user or
the platform has **published** to everybody (\`organization\`); **anything else**.

| action | allows to | scope | your own | shared with you | published | anything else |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

This page is written from \`apps/server/src/access/actions.ts\` by \`npm run reference\`.
`;
}

function toCells({ own, published, any, ...rule }: ActionRule): string[] {
  const level = SHARE_LEVELS.find((each) => rule[each] !== undefined);
  const shared = level === undefined ? toWho(any) : `from \`${level}\`, ${toWho(rule[level])}`;
  return [toWho(own ?? any), shared, toWho(published ?? any), toWho(any)];
}

function toWho(least: Role | 'public' | undefined): string {
  if (least === undefined) return '–';
  if (least === 'public') return 'everybody, also without signing in';
  const roles = ROLES.slice(ROLES.indexOf(least));
  return roles.length === ROLES.length ? 'all roles' : roles.map((role) => NAMES[role]).join(', ');
}
