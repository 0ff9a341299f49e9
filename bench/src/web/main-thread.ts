import type { Browser, Page } from 'playwright-core';

import type { Visit } from './visit.ts';

/** What the main thread of a page did, in ms of processor time: a busy machine makes tasks longer, but not these. */
export interface MainThreadWork {
  /** Of the longest task. */
  longestMs: number;
  /** Within the second with the most. */
  busiestSecondMs: number;
  /** Per second, on average. */
  perSecondMs: number;
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** In µs. */
  ts: number;
  dur?: number;
  /** Of the processor, in µs. */
  tdur?: number;
  args: { name?: string };
}

/** Begins to trace the tasks of a browser that shows this page only. The returned function ends that. */
export async function traceMainThread({ page }: Visit): Promise<() => Promise<MainThreadWork>> {
  const browser = browserOf(page);
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  const began = performance.now();
  return async () => {
    const seconds = (performance.now() - began) / 1000;
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
    return toWork(traceEvents, seconds);
  };
}

function browserOf(page: Page): Browser {
  const browser = page.context().browser();
  if (browser === null) throw new Error('This page has no browser of its own to trace');
  return browser;
}

/** The renderer with the most work is that of the page. Pure. */
function toWork(events: readonly TraceEvent[], seconds: number): MainThreadWork {
  const threads = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const works = threads.map(({ pid, tid }) => {
    const tasks = events
      .filter((event) => event.ph === 'X' && event.pid === pid && event.tid === tid && event.tdur !== undefined)
      .toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0));
    return sumOutermost(tasks, seconds);
  });
  const [most] = works.toSorted((a, b) => b.perSecondMs - a.perSecondMs);
  if (most === undefined) throw new Error('The trace has no main thread');
  return most;
}

/** A task is recorded once for each layer that runs it; the outermost event has all of it. */
function sumOutermost(tasks: readonly TraceEvent[], seconds: number): MainThreadWork {
  const bySecond = new Map<number, number>();
  let end = 0;
  let longest = 0;
  let all = 0;
  for (const { ts, dur = 0, tdur = 0 } of tasks) {
    if (ts < end) continue;
    end = ts + dur;
    longest = Math.max(longest, tdur);
    all += tdur;
    const second = Math.floor(ts / 1e6);
    bySecond.set(second, (bySecond.get(second) ?? 0) + tdur);
  }
  return {
    longestMs: longest / 1000,
    busiestSecondMs: Math.max(0, ...bySecond.values()) / 1000,
    perSecondMs: all / 1000 / seconds,
  };
}
