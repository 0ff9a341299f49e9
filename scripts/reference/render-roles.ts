import { ACTIONS, getRule, type Action, type ActionRule } from '../../apps/server/src/access/actions.ts';
import { ROLES, type Role } from '../../apps/server/src/identity/actor.ts';

const NAMES: Record<Role, string> = { user: 'users', operator: 'operators', admin: 'administrators' };

/** docs/operate/roles.md, made of the table that the server decides by. */
export function renderRoles(): string {
  const rows = (Object.keys(ACTIONS) as Action[]).map((action) => {
    const rule = getRule(action);
    const cookie = rule.via === 'cookie' ? ' (in the browser only)' : '';
    const cells = [`\`${action}\``, `${rule.allows}${cookie}`, ...toCells(rule)];
    return `| ${cells.join(' | ')} |`;
  });
  return `# Roles

Every account has one role: **user**, **operator** or **administrator** (\`user\`, \`operator\`, \`admin\`). Each role may do what the
one before it may do. Administrators give roles by \`POST /api/auth/admin/set-role\`; a new role ends what is open within 2 s.

Each route of the API and each frame of a chat connection stands for one action of this table. What another user owns and does
not share answers 404, as if it were not there, to administrators, too. Somebody who may see a thing, or knows of it, and may not
do this with it gets 403.

Columns: with what is **your own**; with an agent or environment that another user or the platform **published** to everybody (the
scope \`organization\`); with **anything else**.

| action | allows to | your own | published | anything else |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

This page is written from \`apps/server/src/access/actions.ts\` by \`npm run reference\`.
`;
}

function toCells({ own, published, any }: ActionRule): string[] {
  if (any !== undefined) return [own, published, undefined].map((each) => toWho(each ?? any));
  return [own, published, undefined].map(toWho);
}

function toWho(least: Role | 'public' | undefined): string {
  if (least === undefined) return '–';
  if (least === 'public') return 'everybody, also without signing in';
  const roles = ROLES.slice(ROLES.indexOf(least));
  return roles.length === ROLES.length ? 'all roles' : roles.map((role) => NAMES[role]).join(', ');
}
