import { expect, test } from 'vitest';

import { toSentence } from './to-sentence.ts';

test.each([
  ['the program uvx is not found', 'The program uvx is not found.'],
  [
    'npx-like, which the first line of a names, is not found',
    'npx-like, which the first line of a names, is not found.',
  ],
  ['/usr/bin/x is a folder', '/usr/bin/x is a folder.'],
  ['it ended and said “Error: no key.”', 'It ended and said “Error: no key.”'],
  ['', ''],
])('%j stands alone as %j', (clause, sentence) => {
  expect(toSentence(clause)).toBe(sentence);
});
