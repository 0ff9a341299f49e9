import type { Timeline } from './timeline.ts';

/** A request for processor time. */
export interface Work {
  /** Milliseconds of one core. */
  cpuMs: number;
  /** How many cores it can use at most. */
  parallelism: number;
  done(): void;
}

export interface SharedCpu {
  run(work: Work): void;
  /** How many cores the running work uses. */
  readonly used: number;
  /** How many cores are available for this work now; at least a tenth of one, so that all work ends. */
  setCores(cores: number): void;
}

/** Work with less CPU time left than this is finished, which absorbs rounding errors. */
const NOTHING_MS = 1e-6;

/**
 * Cores that all running work shares evenly, each piece up to its own parallelism, as an operating system shares them
 * in the long run.
 */
export function createSharedCpu(timeline: Pick<Timeline, 'uptimeMs' | 'after'>, cores: number): SharedCpu {
  let running: { leftMs: number; work: Work }[] = [];
  let updatedMs = 0;
  let plan = 0;

  const speedOf = (work: Work) => Math.min(work.parallelism, cores / running.length);

  const advance = () => {
    const passedMs = timeline.uptimeMs() - updatedMs;
    updatedMs = timeline.uptimeMs();
    if (passedMs > 0) for (const each of running) each.leftMs -= passedMs * speedOf(each.work);
  };

  const planNext = () => {
    plan += 1;
    if (running.length === 0) return;
    const own = plan;
    const nextMs = Math.min(...running.map((each) => each.leftMs / speedOf(each.work)));
    timeline.after(nextMs, () => {
      if (own === plan) finishDone();
    });
  };

  const finishDone = () => {
    advance();
    const done = running.filter((each) => each.leftMs <= NOTHING_MS);
    running = running.filter((each) => each.leftMs > NOTHING_MS);
    planNext();
    for (const each of done) each.work.done();
  };

  return {
    get used() {
      return running.reduce((sum, { work }) => sum + speedOf(work), 0);
    },
    run(work) {
      advance();
      running.push({ leftMs: work.cpuMs, work });
      planNext();
    },
    setCores(available) {
      const next = Math.max(0.1, available);
      if (next === cores) return;
      advance();
      cores = next;
      planNext();
    },
  };
}
