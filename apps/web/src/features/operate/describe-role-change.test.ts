import { expect, it } from 'vitest';

import { describeRoleChange } from './describe-role-change.ts';

it('names what a role gives, and what is lost with one', () => {
  expect(describeRoleChange({ name: 'Bob', role: 'user' }, 'operator', false)).toMatchObject({
    title: 'Change the role of Bob?',
    help: expect.stringContaining('Also answers tool calls that are handed over') as string,
  });
  const { title, help } = describeRoleChange({ name: 'Ada', role: 'admin' }, 'user', true);
  expect(title).toBe('Change your own role?');
  expect(help).toMatch(/^From now on you are: User\..*You can no longer manage accounts.*, answer tool calls/);
  expect(describeRoleChange({ name: 'Ada', role: 'admin' }, 'operator', false).help).not.toContain('publish');
});
