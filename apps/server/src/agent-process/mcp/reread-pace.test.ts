import { expect, it } from 'vitest';

import { createRereadPace } from './reread-pace.ts';

it('reads a list that goes on changing twice a minute, and at once again after a quiet time', () => {
  const clock = { ms: 0 };
  const pace = createRereadPace(() => clock.ms);
  const take = () => {
    const waitMs = pace.take();
    clock.ms += waitMs;
    return waitMs;
  };
  expect([take(), take()]).toEqual([0, 1000]);
  while (clock.ms < 60_000) take();
  const from = clock.ms;
  for (let count = 0; count < 10; count += 1) take();
  expect(clock.ms - from).toBeGreaterThan(200_000);
  clock.ms += 10 * 60_000;
  expect([take(), take()]).toEqual([0, 1000]);
});
