import { describe, expect, it } from 'vitest';

import { findTexts, toPerson } from './oidc-claims.ts';

const settings = { groupsClaim: 'groups', emailVerifiedClaim: 'email_verified' };
const roles = { admins: 'admin', ops: 'operator', staff: 'user' } as const;

describe('a person of the provider', () => {
  it('has the strongest role of the groups', () => {
    const grantOf = (groups: unknown) => toPerson('s', { groups }, { ...settings, roles }).grant;
    expect(grantOf(['staff', 'ops', 'unknown'])).toEqual({ role: 'operator', group: 'ops' });
    expect(grantOf('admins')).toEqual({ role: 'admin', group: 'admins' });
    for (const none of [undefined, [], ['unknown'], ['constructor', '__proto__'], [{ name: 'admins' }], 'admins,staff'])
      expect(grantOf(none)).toBeUndefined();
  });

  it('has an email only when the provider says that it is verified', () => {
    const emailOf = (claims: object) => toPerson('s', { email: 'Ada@Example.com', ...claims }, settings).email;
    for (const verified of [true, 'true', 1, '1'])
      expect(emailOf({ email_verified: verified })).toBe('ada@example.com');
    for (const verified of [false, 'false', 0, undefined, null, [true], 'yes'])
      expect(emailOf({ email_verified: verified })).toBeUndefined();
    for (const email of ['ada', '\u212Aate@example.com', 'ada@ex\u00E4mple.com', 'a da@example.com'])
      expect(emailOf({ email, email_verified: true }), email).toBeUndefined();
  });

  it('has a name, if not of their own then of what else there is', () => {
    const nameOf = (claims: object) => toPerson('subject', { ...claims }, settings).name;
    expect(nameOf({ name: ' Ada ', preferred_username: 'al' })).toBe('Ada');
    expect(nameOf({ name: '', preferred_username: 'al' })).toBe('al');
    expect(nameOf({ email: 'ada@example.com' })).toBe('ada');
    expect(nameOf({})).toBe('subject');
  });
});

it('finds texts in objects, and in claims that have dots in their names', () => {
  expect(findTexts({ realm_access: { roles: ['a', 1, 'b'] } }, 'realm_access.roles')).toEqual(['a', 'b']);
  expect(findTexts({ 'https://example.com/groups': ['a'] }, 'https://example.com/groups')).toEqual(['a']);
  expect(findTexts({ realm_access: 'x' }, 'realm_access.roles')).toEqual([]);
  expect(findTexts({}, 'constructor.name')).toEqual([]);
});
