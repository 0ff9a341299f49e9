import { expect, it } from 'vitest';

import { toDiffHunks } from '../tools/diff-hunks.ts';
import { linesOf, toOneLine, toRange, widen, type Place } from './line-range.ts';

const hunks = toDiffHunks([
  { oldStart: 1, newStart: 1, lines: [' a', '-b', '-c', '+B', ' d'] },
  { oldStart: 20, newStart: 19, lines: ['+x', ' y'] },
]);
const unified = { hunks, split: false };
const beside = { hunks, split: true };
const at = (side: Place['side'], line: number): Place => ({ side, line });
const textOf = (lines: ReturnType<typeof linesOf>) => lines.map(({ sign, text }) => sign + text);

it('goes from the upper line to the lower one, whichever was chosen first', () => {
  const range = { from: at('old', 2), to: at('new', 2) };
  expect(toRange(unified, at('old', 2), at('new', 2))).toEqual(range);
  expect(toRange(unified, at('new', 2), at('old', 2))).toEqual(range);
  expect(textOf(linesOf(unified, range))).toEqual(['-b', '-c', '+B']);
});

it('takes the lines of one side where both are beside each other', () => {
  const range = toRange(beside, at('new', 1), at('new', 3));
  expect(textOf(linesOf(beside, range))).toEqual([' a', '+B', ' d']);
  expect(toRange(beside, at('old', 2), at('new', 2))).toEqual(toOneLine(at('new', 2)));
});

it('does not go over lines that are not shown', () => {
  expect(toRange(unified, at('new', 1), at('new', 19))).toEqual(toOneLine(at('new', 19)));
});

it('widens line by line up to the first one', () => {
  const once = widen(unified, toOneLine(at('old', 2)));
  expect(once).toEqual({ from: at('new', 1), to: at('old', 2) });
  expect(once && widen(unified, once)).toBeNull();
});
