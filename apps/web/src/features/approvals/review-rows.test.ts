import { expect, test } from 'vitest';

import { computeHunks } from '../tools/compute-hunks.ts';
import { toReview } from './review-rows.ts';

const bash = (command: string) => toReview({ name: 'Bash', server: null, input: { command } });
const drawn = (review: ReturnType<typeof toReview>) =>
  review.rows.map((row) => `${row.number ?? ''}${row.sign}|${row.text}`);

test('a command of one line has no number, one of several has one for each', () => {
  expect(drawn(bash('npm test'))).toEqual(['|npm test']);
  expect(drawn(bash('cd app\nnpm test'))).toEqual(['1|cd app', '2|npm test']);
  expect(bash('cd app\nnpm test').lines).toBe(2);
});

test('a very long line makes several rows that together hold all of it, and only the first a number', () => {
  const line = `echo ${'word '.repeat(200)}end`;
  const { rows, lines } = bash(`true\n${line}`);
  expect(lines).toBe(2);
  expect(rows.slice(1).map((row) => row.text)).toSatisfy((texts: string[]) => texts.join('') === line);
  expect(rows.map((row) => row.number).filter((number) => number !== null)).toEqual([1, 2]);
});

test('a long run of blanks stays in one row, however long', () => {
  const { rows } = bash(`echo a${' '.repeat(700)}&& echo b`);
  expect(rows.map((row) => row.text)).toEqual([`echo a${' '.repeat(700)}`, '&& echo b']);
});

test('many empty lines take one row that says so', () => {
  const { rows, lines } = bash(`echo a${'\n'.repeat(41)}echo b`);
  expect(rows.map((row) => row.emptyLines ?? row.text)).toEqual(['echo a', 40, 'echo b']);
  expect(lines).toBe(42);
});

test('a change is its removed and added lines, a new file all of its lines', () => {
  const edit = toReview({
    name: 'Edit',
    server: null,
    input: { file_path: 'a', old_string: 'one', new_string: 'two' },
  });
  expect(drawn(edit)).toEqual(['-|one', '+|two']);
  const write = toReview({ name: 'Write', server: null, input: { file_path: 'a', content: 'one\ntwo\n' } });
  expect(drawn(write)).toEqual(['1+|one', '2+|two']);
});

test('no line of a text value can pass for another field', () => {
  const call = toReview({
    name: 'mcp__box__put',
    server: 'box',
    input: { body: 'hello\nforce: true', labels: ['a', { b: 1 }], empty: [] },
  });
  expect(drawn(call)).toEqual([
    '|body:',
    '|  │ hello',
    '|  │ force: true',
    '|labels:',
    '|  1: a',
    '|  2:',
    '|    b: 1',
    '|empty: []',
  ]);
});

test('writing over a file is what changes in it, with the numbers of its lines', () => {
  const before = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', ''].join('\n');
  const content = before.replace('b', 'B').replace('j\n', 'j\nk\n');
  const write = toReview(
    { name: 'Write', server: null, input: { file_path: 'a', content } },
    computeHunks(before, content),
  );
  expect(drawn(write)).toEqual([
    ...['1 |a', '2-|b', '2+|B', '3 |c', '4 |d', '5 |e'],
    ...['8 |h', '9 |i', '10 |j', '11+|k'],
  ]);
  expect(write.rows.map(({ gap = false }) => gap).indexOf(true)).toBe(6);
});
