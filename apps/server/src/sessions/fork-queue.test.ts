import { expect, it } from 'vitest';

import { ForkQueue } from './fork-queue.ts';

it('runs one fork of a user at a time, those of others beside it, and refuses a fifth', async () => {
  const queue = new ForkQueue();
  const begun: string[] = [];
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const fork = (name: string) => () => {
    begun.push(name);
    return held;
  };
  const forks = ['a1', 'a2', 'a3', 'a4'].map((name) => queue.run('ada', fork(name)));
  const others = queue.run('bob', fork('b1'));
  await expect(queue.run('ada', fork('a5'))).rejects.toMatchObject({ code: 'rate_limited' });
  expect(begun).toEqual(['a1', 'b1']);
  release();
  await Promise.all([...forks, others]);
  expect(begun).toEqual(['a1', 'b1', 'a2', 'a3', 'a4']);
  await queue.run('ada', fork('a6'));
});

it('goes on with the next fork when one fails', async () => {
  const queue = new ForkQueue();
  const failed = queue.run('ada', () => Promise.reject(new Error('no disk')));
  const next = queue.run('ada', async () => 'copied');
  await expect(failed).rejects.toThrow('no disk');
  expect(await next).toBe('copied');
});
