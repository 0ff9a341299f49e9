import { CspError } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { createAttemptLimits } from './attempt-limits.ts';
import { countRefusals } from './count-refusals.ts';
import { createRequestRate } from './request-rate.ts';

it('tells of what a limit refuses, and of nothing else', async () => {
  let refused = 0;
  const rate = countRefusals(createRequestRate(2), () => (refused += 1));
  const actor = { userId: 'user_1', credentialId: 'key_1' };
  rate.take(actor);
  rate.take(actor);
  expect(() => rate.take(actor)).toThrow(CspError);
  expect(refused).toBe(1);

  const limits = countRefusals(createAttemptLimits(), () => (refused += 1));
  const wrong = () => Promise.reject(new CspError('authentication_required', 'wrong'));
  const attempt = () => limits.during({ address: '192.0.2.1', account: 'a@example.com' }, wrong);
  for (let each = 0; each < 10; each += 1) await expect(attempt()).rejects.toThrow('wrong');
  expect(refused).toBe(1);
  await expect(attempt()).rejects.toThrow('Too many attempts');
  expect(refused).toBe(2);
});
