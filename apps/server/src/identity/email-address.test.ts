import { expect, it } from 'vitest';

import { isPlainEmail, toStoredEmail } from './email-address.ts';

it('lowers A to Z, and takes no other character for one of these', () => {
  expect(toStoredEmail('Kate.O@Example.COM')).toBe('kate.o@example.com');
  const isPlain = (text: string) => /^[\x20-\x7e]$/.test(text);
  const others = Array.from({ length: 0x10_ff_ff - 127 }, (_, index) => String.fromCodePoint(128 + index));
  const lookAlikes = others.filter((each) => isPlain(each.toLowerCase()));
  expect(lookAlikes).toContain('\u212A');
  for (const each of lookAlikes) expect(toStoredEmail(each)).toBe(each);
});

it.each([
  ['ada@example.com', true],
  ["o'ada+1@example.com", true],
  ['\u212Aate@example.com', false],
  ['kate@example.com\u200B', false],
  ['ka te@example.com', false],
  ['', false],
])('takes %j for an address that may lead to an account: %j', (address, isPlain) => {
  expect(isPlainEmail(address)).toBe(isPlain);
});
