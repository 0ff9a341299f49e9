import { expect, it } from 'vitest';

import { createSharedCpu } from './shared-cpu.ts';
import { createTimeline } from './timeline.ts';

async function finishTimes(cores: number, works: readonly { atMs: number; cpuMs: number; parallelism: number }[]) {
  const timeline = createTimeline();
  const cpu = createSharedCpu(timeline, cores);
  const ends: number[] = [];
  works.forEach(({ atMs, ...work }, index) => {
    timeline.after(atMs, () => cpu.run({ ...work, done: () => void (ends[index] = Math.round(timeline.uptimeMs())) }));
  });
  await timeline.runAll();
  return ends;
}

it('gives a piece of work no more cores than it can use', async () => {
  expect(await finishTimes(8, [{ atMs: 0, cpuMs: 1000, parallelism: 2 }])).toEqual([500]);
});

it('shares the cores evenly, and gives them back when work ends', async () => {
  const works = [
    { atMs: 0, cpuMs: 1000, parallelism: 1 },
    { atMs: 500, cpuMs: 250, parallelism: 1 },
  ];
  expect(await finishTimes(1, works)).toEqual([1250, 1000]);
});
