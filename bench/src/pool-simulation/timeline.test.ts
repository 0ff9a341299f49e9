import { describe, expect, it } from 'vitest';

import { createTimeline } from './timeline.ts';

describe('a timeline', () => {
  it('runs timers in the order of their time, and of asking at one time', async () => {
    const timeline = createTimeline();
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, timeline.uptimeMs()]);
    timeline.after(20, note('late'));
    timeline.after(10, note('first'));
    timeline.after(10, note('second'));
    timeline.after(15, note('given up'))();
    await timeline.runAll();
    expect(seen).toEqual([
      ['first', 10],
      ['second', 10],
      ['late', 20],
    ]);
  });

  it('lets promises call back before time goes on', async () => {
    const timeline = createTimeline();
    const seen: number[] = [];
    const work = async () => {
      await timeline.sleep(10);
      await Promise.resolve();
      seen.push(timeline.uptimeMs());
      await timeline.sleep(10);
      seen.push(timeline.uptimeMs());
    };
    const done = work();
    timeline.after(11, () => seen.push(timeline.uptimeMs()));
    await timeline.runAll();
    await done;
    expect(seen).toEqual([10, 11, 20]);
  });

  it('comes to the end of a delay that rounding would lose', async () => {
    const timeline = createTimeline();
    const dueMs = 1e9 / 3 + 1e-7;
    const seen: number[] = [];
    const wait = (): unknown =>
      timeline.uptimeMs() < dueMs ? timeline.after(1e-12, wait) : seen.push(timeline.uptimeMs());
    timeline.after(1e9 / 3, wait);
    await timeline.runAll();
    expect(seen.length).toBe(1);
  });

  it('repeats until it is ended, and refuses to run for ever', async () => {
    const timeline = createTimeline();
    let times = 0;
    const end = timeline.every(10, () => (times += 1));
    await timeline.runUntil(35);
    expect([times, timeline.uptimeMs()]).toEqual([3, 35]);
    await expect(timeline.runAll()).rejects.toThrow('repeat for ever');
    end();
    await timeline.runAll();
    expect(times).toBe(3);
  });
});
