import { describe, expect, it } from 'vitest';

import { sliceLine, toAnsiLines } from './ansi-lines.ts';
import { computeHunks } from './compute-hunks.ts';
import { countChanges, toDiffHunks, toPairs } from './diff-hunks.ts';
import { nameImageFiles } from './name-image-files.ts';

const textOf = (output: string) => toAnsiLines(output).map((line) => line.map((span) => span.text).join(''));

describe('terminal output', () => {
  it('keeps a colour over the end of a line', () => {
    const lines = toAnsiLines('\u001b[31mred\nstill red\u001b[0m plain');
    expect(lines[1]).toEqual([
      { text: 'still red', className: 'ansi-red' },
      { text: ' plain', className: '' },
    ]);
  });

  it('shows the last state of a line that was overwritten', () => {
    expect(textOf('10 %\r50 %\r100 %\r\nDone\n')).toEqual(['100 %', 'Done']);
  });
});

it('the beginning of a line of output keeps its colours', () => {
  const line = toAnsiLines('\u001b[31mred\u001b[0m plain \u001b[32mgreen')[0] ?? [];
  expect(sliceLine(line, 5)).toEqual([
    { text: 'red', className: 'ansi-red' },
    { text: ' p', className: '' },
  ]);
});

describe('a diff', () => {
  const hunks = toDiffHunks(computeHunks('a\nb\nc\n', 'a\nB\nB2\nc\n') ?? []);

  it('numbers old and new lines', () => {
    expect(hunks[0]?.lines.map((line) => [line.sign, line.oldNumber, line.newNumber])).toEqual([
      [' ', 1, 1],
      ['-', 2, null],
      ['+', null, 2],
      ['+', null, 3],
      [' ', 3, 4],
    ]);
    expect(countChanges(hunks)).toEqual({ added: 2, removed: 1 });
  });

  it('puts what was removed beside what took its place', () => {
    expect(toPairs(hunks[0]?.lines ?? []).map((pair) => [pair.left?.text ?? null, pair.right?.text ?? null])).toEqual([
      ['a', 'a'],
      ['b', 'B'],
      [null, 'B2'],
      ['c', 'c'],
    ]);
  });
});

it('images beside a text are told by the name of their file, and addresses stay', () => {
  expect(nameImageFiles('Saved to /srv/data/results/a-b/chart.png. See https://a.example/x/y.png and /etc/hosts')).toBe(
    'Saved to chart.png. See https://a.example/x/y.png and /etc/hosts',
  );
});
