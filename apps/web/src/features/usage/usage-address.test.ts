import { expect, it } from 'vitest';

import { readAddress, writeAddress } from './usage-address.ts';

const rewrite = (query: string, isOperator: boolean) =>
  String(writeAddress(readAddress(new URLSearchParams(query), isOperator)));

it('keeps what is chosen, and leaves out what is the default', () => {
  const chosen = 'range=own&from=2026-11-01&to=2026-11-30&of=all&person=user_1&by=session&chart=tokens';
  expect(rewrite(chosen, true)).toBe(chosen);
  expect(rewrite('range=30d&by=model&chart=cost&of=mine', true)).toBe('');
});

it('shows only operators the usage of others, and takes nothing that it does not know', () => {
  expect(rewrite('of=all&by=user&person=user_1', false)).toBe('');
  expect(rewrite('range=century&by=colour&chart=pie', true)).toBe('');
});
