import { availableParallelism, freemem, totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

import { createCpuLoad } from '../lib/cpu-load.ts';

/** How busy this machine and this process are. */
export interface LoadMeter {
  read(): {
    cpuShare: number;
    cpus: number;
    usedBytes: number;
    totalBytes: number;
    /** The 99th percentile since the reading before. */
    lagMs: number;
  };
  close(): void;
}

const PRECISION_MS = 20;
const NANOSECONDS = 1e6;

export function createLoadMeter(): LoadMeter {
  const cpu = createCpuLoad();
  const delay = monitorEventLoopDelay({ resolution: PRECISION_MS });
  delay.enable();
  return {
    read() {
      // The histogram has the intervals of its own timer (Node 24): what exceeds them is the lag.
      const p99Ms = delay.count === 0 ? 0 : delay.percentile(99) / NANOSECONDS;
      delay.reset();
      return {
        cpuShare: cpu.share,
        cpus: availableParallelism(),
        usedBytes: totalmem() - freemem(),
        totalBytes: totalmem(),
        lagMs: Math.max(0, Math.round(p99Ms - PRECISION_MS)),
      };
    },
    close: () => void delay.disable(),
  };
}
