import { expect, it } from 'vitest';

import { createReload } from './reload.ts';

it('loads one at a time, and once more for all who asked meanwhile', async () => {
  const ends: (() => void)[] = [];
  const reload = createReload(() => {
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.push(resolve);
    return promise;
  });
  const settle = () => new Promise(setImmediate);
  for (let count = 0; count < 5; count += 1) reload();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await settle();
  expect(ends).toHaveLength(2);
  ends[1]?.();
  await settle();
  expect(ends).toHaveLength(2);
  reload();
  expect(ends).toHaveLength(3);
});
