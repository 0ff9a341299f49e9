import { expect, it } from 'vitest';

import { findLineEnd } from './find-line-end.ts';

it('keeps the one kind of line end that a text has, and mixed ones as characters', () => {
  expect(['a\nb\n', 'a', 'a\r\nb\r\n', 'a\r\nb\n', 'a\rb', 'a\r\nb\rc'].map(findLineEnd)).toEqual([
    ...[undefined, undefined, '\r\n', '\n', '\n', '\n'],
  ]);
});
