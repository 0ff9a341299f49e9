import { expect, it } from 'vitest';

import { alignRows } from './align-rows.ts';

const rows = (keys: string) => keys.split('').map((key) => ({ key }));
const align = (drawn: string, next: string) => {
  const aligned = alignRows(rows(drawn), rows(next));
  return [aligned.rows.map(({ key }) => key).join(''), aligned.shift];
};

it('draws what comes at the end as it is', () => {
  expect(align('', 'ab')).toEqual(['ab', false]);
  expect(align('ab', 'abc')).toEqual(['abc', false]);
  expect(align('abc', 'ab')).toEqual(['ab', false]);
});

it('tells of rows in front', () => {
  expect(align('cd', 'abcd')).toEqual(['abcd', true]);
});

it('leaves rows at the end for the next drawing when some came in front, too', () => {
  expect(align('cd', 'abcdef')).toEqual(['abcd', true]);
  expect(align('abcd', 'abcdef')).toEqual(['abcdef', false]);
});

it('keeps the rows after the seam in their places when the first has merged with what came before it', () => {
  expect(align('cde', 'abCde')).toEqual(['abCde', true]);
  expect(align('cde', 'abCdefg')).toEqual(['abCde', true]);
});

it('draws another conversation, or one that begins anew, from its start', () => {
  expect(align('abc', 'xyz')).toEqual(['xyz', false]);
  expect(align('abc', '')).toEqual(['', false]);
  expect(align('abc', 'bc')).toEqual(['bc', false]);
});
