import { cpus } from 'node:os';

export interface QuietOptions {
  /** The shortest rest, in milliseconds, and the length of the windows over which the load is measured. */
  windowMs: number;
  /** How long to wait for quiet moments in total, in milliseconds. After that, each call only rests. */
  budgetMs: number;
  signal: AbortSignal;
}

/** The share of the processors that must have been idle in the last window. */
const IDLE_SHARE = 0.75;

/**
 * Waits for moments in which the machine has little other work, which would distort the measurement. Both sides wait
 * alike.
 */
export function createQuiet({ windowMs, budgetMs, signal }: QuietOptions): { wait: () => Promise<void> } {
  let left = budgetMs;
  return {
    async wait() {
      for (;;) {
        const before = readProcessorTimes();
        await pause(windowMs);
        if (left <= 0 || signal.aborted || toIdleShare(before, readProcessorTimes()) >= IDLE_SHARE) return;
        left -= windowMs;
      }
    },
  };
}

interface ProcessorTimes {
  idle: number;
  total: number;
}

function readProcessorTimes(): ProcessorTimes {
  const times = cpus().flatMap((processor) => Object.entries(processor.times));
  const sum = (entries: [string, number][]) => entries.reduce((total, [, ms]) => total + ms, 0);
  return { idle: sum(times.filter(([name]) => name === 'idle')), total: sum(times) };
}

/** 1 if no time has passed, because then there is nothing to wait for. */
function toIdleShare(before: ProcessorTimes, after: ProcessorTimes): number {
  const total = after.total - before.total;
  return total === 0 ? 1 : (after.idle - before.idle) / total;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
