import { expect, it } from 'vitest';

import { findLongestWord, matchWords } from './match-words.ts';

it('takes an entry that has every word, wherever it stands, and prefers one that begins so', () => {
  expect(matchWords('Fix the parser', 'fix the')).toBe(1);
  expect(matchWords('Fix the parser', 'PARSER fix')).toBe(0.5);
  expect(matchWords('Fix the parser', '')).toBe(1);
});

it('leaves out what only has the letters scattered about', () => {
  expect(matchWords('Write a script that counts the lines of every file', 'hel')).toBe(0);
  expect(matchWords('Fix the parser', 'fix lexer')).toBe(0);
});

it('asks the server for the word that narrows most', () => {
  expect(findLongestWord(' fix the parser ')).toBe('parser');
  expect(findLongestWord('  ')).toBe('');
});
