import { expect, it } from 'vitest';

import { ApiError } from '../../api/api-error.ts';
import { describeRefusal } from './describe-refusal.ts';

it('says of a locked account that it is locked, and of a wrong password that it is wrong', () => {
  const locked = new ApiError(403, 'permission_error', 'This account is locked. Ask an administrator to unlock it.');
  expect(describeRefusal(locked, 'Wrong')).toBe('This account is locked. Ask an administrator to unlock it.');
  expect(describeRefusal(new ApiError(401, 'authentication_error', 'The password is wrong'), 'Wrong')).toBe('Wrong');
});
