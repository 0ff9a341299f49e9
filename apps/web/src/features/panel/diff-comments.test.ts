import { expect, it } from 'vitest';

import { parseComments, toCommentMessage, type DiffComment } from './diff-comments.ts';

const comment: DiffComment = { path: 'src/a.ts', side: 'new', line: 3, quote: 'let x = 1;', text: 'Use const.' };

it('writes one message with file, line and the line itself', () => {
  expect(toCommentMessage([comment, { ...comment, side: 'old', line: 9, quote: '', text: 'Why?\nSay it.' }])).toBe(
    [
      'Comments on your changes.',
      'src/a.ts, line 3:\n> let x = 1;\nUse const.',
      'src/a.ts, removed line 9:\n> \nWhy?\nSay it.',
    ].join('\n\n'),
  );
});

it('reads what it stored, and nothing else', () => {
  expect(parseComments(JSON.stringify([comment, { path: 'a' }, null]))).toEqual([comment]);
  expect(parseComments('{')).toEqual([]);
  expect(parseComments('{}')).toEqual([]);
});
