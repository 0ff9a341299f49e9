import { expect, it } from 'vitest';

import { createCpuLoad } from './cpu-load.ts';

it('is a share of the processors, and rises with work', () => {
  const load = createCpuLoad();
  expect(load.share).toBe(0);
  const until = performance.now() + 600;
  while (performance.now() < until);
  expect(load.share).toBeGreaterThan(0);
  expect(load.share).toBeLessThanOrEqual(1);
});
