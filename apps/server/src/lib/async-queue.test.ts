import fc from 'fast-check';
import { expect, it } from 'vitest';

import { createAsyncQueue } from './async-queue.ts';

it('yields what is pushed in order, whether it waits or the reader does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(fc.integer(), { maxLength: 4 })), async (bursts) => {
      const queue = createAsyncQueue<number>();
      const read = (async () => {
        const values: number[] = [];
        for await (const value of queue) values.push(value);
        return values;
      })();
      for (const burst of bursts) {
        for (const value of burst) queue.push(value);
        await Promise.resolve();
      }
      queue.end();
      expect(await read).toEqual(bursts.flat());
    }),
  );
});

it('gives what was pushed before its end to a reader that comes later', async () => {
  const queue = createAsyncQueue<string>();
  queue.push('a');
  queue.end();
  queue.end();
  const values: string[] = [];
  for await (const value of queue) values.push(value);
  expect(values).toEqual(['a']);
});

it('refuses what comes after its end', () => {
  const queue = createAsyncQueue<string>();
  queue.end();
  expect(() => queue.push('a')).toThrow('push after end');
});
