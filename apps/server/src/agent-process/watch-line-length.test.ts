import { PassThrough } from 'node:stream';

import { expect, it } from 'vitest';

import { watchLineLength } from './watch-line-length.ts';

function watch(chunks: readonly string[]): number {
  const stream = new PassThrough();
  let calls = 0;
  watchLineLength(stream, 10, () => (calls += 1));
  for (const chunk of chunks) stream.emit('data', Buffer.from(chunk));
  return calls;
}

it('lets lines pass, however many, and calls once for one without end', () => {
  expect(watch(['123456789\n', '123456789\n12345', '6789\n'])).toBe(0);
  expect(watch(['123456', '789012', '345678'])).toBe(1);
});
