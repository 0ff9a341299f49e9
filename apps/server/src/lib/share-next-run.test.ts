import { expect, it } from 'vitest';

import { shareNextRun } from './share-next-run.ts';

it('gives calls during a run the result of one run that begins after it', async () => {
  const runs: PromiseWithResolvers<number>[] = [];
  const run = shareNextRun(() => {
    const next = Promise.withResolvers<number>();
    runs.push(next);
    return next.promise;
  });
  const first = run();
  const second = run();
  const third = run();
  expect(runs).toHaveLength(1);
  runs[0]?.resolve(1);
  expect(await first).toBe(1);
  await expect.poll(() => runs.length).toBe(2);
  runs[1]?.resolve(2);
  expect(await Promise.all([second, third])).toEqual([2, 2]);
});
