import { expect, it } from 'vitest';

import { mayAllow, type Answerer } from './assert-may-answer.ts';

const answerer: Answerer = { userId: 'user_2', keyMadeBy: null, mayAllowForOthers: true, onlyHandedOver: false };
const may = (given: Partial<Answerer>, fourEyes: string[] | null = ['user_1']) =>
  mayAllow({ ...answerer, ...given }, { fourEyes }, 'user_owner');

it('takes the allowance of a second person alone, also behind a key that somebody else made', () => {
  expect(may({})).toBe(true);
  expect(may({ keyMadeBy: 'user_3' })).toBe(true);
  for (const userId of ['user_1', 'user_owner']) {
    expect(may({ userId })).toBe(false);
    expect(may({ keyMadeBy: userId })).toBe(false);
    expect(may({ userId, keyMadeBy: userId }, null)).toBe(true);
  }
  expect(may({ mayAllowForOthers: false })).toBe(false);
});
