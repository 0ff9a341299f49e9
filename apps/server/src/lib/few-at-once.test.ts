import { setTimeout as delay } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { startFew } from './few-at-once.ts';

it('runs so many at once', async () => {
  let running = 0;
  let most = 0;
  await using few = startFew(3);
  for (let piece = 0; piece < 10; piece += 1)
    await few.start(async () => {
      most = Math.max(most, (running += 1));
      await delay(1);
      running -= 1;
    });
  await few.finish();
  expect([most, running]).toEqual([3, 0]);
});

it('starts nothing after a failure, and waits for what runs', async () => {
  let ended = 0;
  let started = 0;
  const all = async () => {
    await using few = startFew(2);
    for (let piece = 0; piece < 10; piece += 1)
      await few.start(async () => {
        started += 1;
        if (piece === 0) throw new Error('the disk is full');
        await delay(5);
        ended += 1;
      });
  };
  await expect(all()).rejects.toThrow('the disk is full');
  expect([started, ended]).toEqual([2, 1]);
});
