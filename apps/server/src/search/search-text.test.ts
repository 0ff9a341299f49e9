import { expect, test } from 'vitest';

import { toExcerpt } from './excerpt.ts';
import { parseQuery } from './parse-query.ts';
import { splitHumps, splitWords } from './split-words.ts';

const wordsOf = (text: string) => [...splitWords(text)].map(({ word }) => word);

test('cuts a text into words without case and accents, and scripts without blanks into pairs', () => {
  expect(wordsOf("Crème brûlée: src/App_v2.ts isn't")).toEqual([
    'creme',
    'brulee',
    'src',
    'app',
    'v2',
    'ts',
    'isn',
    't',
  ]);
  expect(wordsOf('検索する')).toEqual(['検索', '索す', 'する']);
  expect(wordsOf('字')).toEqual(['字']);
  expect(wordsOf('नमस्ते')).toHaveLength(1);
  expect(wordsOf('x'.repeat(65))).toEqual([]);
  expect([...splitHumps('call getUserID and HTTPServer, not plain')]).toEqual(['get', 'user', 'id', 'http', 'server']);
});

test('gives the place of each word in the text as it was written', () => {
  const text = 'É 𠮷野家 ok';
  for (const { word, start, end } of splitWords(text)) expect(wordsOf(text.slice(start, end))).toEqual([word]);
});

test('reads what a person types', () => {
  expect(parseQuery('fix "retry loop" src/app.ts conn')).toEqual([
    { words: ['fix'], isPrefix: false },
    { words: ['retry', 'loop'], isPrefix: false },
    { words: ['src', 'app', 'ts'], isPrefix: false },
    { words: ['conn'], isPrefix: true },
  ]);
  expect(parseQuery('ab')).toEqual([{ words: ['ab'], isPrefix: false }]);
  expect(parseQuery('"open ended')).toEqual([{ words: ['open', 'ended'], isPrefix: false }]);
  expect(parseQuery('") OR (scope : * -- ')).toEqual([{ words: ['or', 'scope'], isPrefix: false }]);
  expect(parseQuery('… ! "')).toEqual([]);
});

test('shows a piece around the first hit, on one line, with the places of all hits in it', () => {
  const text = `${'before '.repeat(40)}the Retry\nloop and a retrying ${'behind '.repeat(40)}`;
  const { text: shown, highlights } = toExcerpt(text, parseQuery('"retry loop" retry'));
  expect(shown).toMatch(/^…before .*the Retry loop and a retrying behind .*…$/u);
  expect(highlights.map(([start, end]) => shown.slice(start, end))).toEqual(['Retry loop', 'retrying']);
  expect(toExcerpt('nothing here', parseQuery('absent'))).toEqual({ text: 'nothing here', highlights: [] });
  // Neither end cuts a character in two.
  const wide = toExcerpt('😀'.repeat(300), []);
  expect(wide.text.isWellFormed()).toBe(true);
});
