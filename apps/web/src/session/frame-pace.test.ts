import { expect, it } from 'vitest';

import { createFramePace } from './frame-pace.ts';

const FRAME_MS = 16;

/** A page with a frame every 16 ms, whose updates take as long as told. */
function createPage() {
  let time = 0;
  let frames = new Set<() => void>();
  const timers = new Map<() => void, number>();
  const painted: (() => void)[] = [];
  const updates: number[] = [];
  const schedule = createFramePace({
    now: () => time,
    atFrame: (task) => {
      frames.add(task);
      return () => frames.delete(task);
    },
    afterFrame: (task) => painted.push(task),
    after: (ms, task) => {
      timers.set(task, time + ms);
      return () => timers.delete(task);
    },
  });
  const runTimers = () => {
    for (const [task, at] of timers) {
      if (at > time) continue;
      timers.delete(task);
      task();
    }
  };
  return {
    schedule,
    updates,
    /** Something to draw arrives in every frame, and drawing it takes so long. */
    draw(forMs: number, costMs: number) {
      let isWaiting = false;
      for (const end = time + forMs; time < end;) {
        if (!isWaiting) {
          isWaiting = true;
          schedule(() => {
            isWaiting = false;
            updates.push(time);
            time += costMs;
          });
        }
        runTimers();
        const now = frames;
        frames = new Set();
        const began = time;
        for (const task of now) task();
        for (const task of painted.splice(0)) task();
        time = Math.max(began + FRAME_MS, Math.ceil(time / FRAME_MS) * FRAME_MS);
      }
    },
  };
}

it('draws in every frame where that is cheap', () => {
  const page = createPage();
  page.draw(1600, 2);
  expect(page.updates).toHaveLength(100);
});

it.each([12, 40, 200])('rests for two thirds of the time where an update takes %i ms', (costMs) => {
  const page = createPage();
  page.draw(12_000, costMs);
  const share = (page.updates.length * costMs) / 12_000;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.35);
});

it('lets the text stand still for half a second at most', () => {
  const page = createPage();
  page.draw(20_000, 2000);
  const between = page.updates.slice(1).map((at, index) => at - (page.updates[index] ?? 0));
  expect(Math.max(...between)).toBeLessThanOrEqual(2000 + 500 + 2 * FRAME_MS);
});

it('does not run what was cancelled, whatever it waited for', () => {
  const page = createPage();
  const run: string[] = [];
  page.schedule(() => {
    page.schedule(() => run.push('while the frame is measured'))();
    run.push('first');
  });
  page.draw(FRAME_MS, 30);
  page.schedule(() => run.push('while the page rests'))();
  page.draw(200, 2);
  page.schedule(() => run.push('before the frame'))();
  page.draw(200, 2);
  expect(run).toEqual(['first']);
});
