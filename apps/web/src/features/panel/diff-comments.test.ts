import { expect, it } from 'vitest';

import { parseComments, toCommentMessage, toQuoted, type DiffComment } from './diff-comments.ts';

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

it('quotes several lines with their signs', () => {
  const numbers = { oldNumber: 8, newNumber: 8 };
  const { from, quote } = toQuoted([
    { sign: '-', text: 'old', ...numbers },
    { sign: '+', text: 'new', ...numbers },
  ]);
  const range: DiffComment = { path: 'a.ts', side: 'new', line: 8, quote, text: 'Why?', ...(from && { from }) };
  expect(toCommentMessage([range, { ...range, from: { side: 'new', line: 6 } }])).toBe(
    [
      'Comments on your changes.',
      'a.ts, removed line 8 to line 8:\n> -old\n> +new\nWhy?',
      'a.ts, lines 6 to 8:\n> -old\n> +new\nWhy?',
    ].join('\n\n'),
  );
  expect(parseComments(JSON.stringify([range, { ...range, from: 6 }]))).toEqual([range]);
});

it('reads what it stored, and nothing else', () => {
  expect(parseComments(JSON.stringify([comment, { path: 'a' }, null]))).toEqual([comment]);
  expect(parseComments('{')).toEqual([]);
  expect(parseComments('{}')).toEqual([]);
});
