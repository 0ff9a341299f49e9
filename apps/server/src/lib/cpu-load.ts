import { cpus } from 'node:os';

/** How busy the processors of this machine are, by whatever program. */
export interface CpuLoad {
  /** From 0 to 1, over the time since the last measurement, half a second at least. */
  readonly share: number;
}

const LEAST_SPAN_MS = 500;

export function createCpuLoad(): CpuLoad {
  let last = { atMs: performance.now(), ...readTimes() };
  let share = 0;
  return {
    get share() {
      const atMs = performance.now();
      if (atMs - last.atMs < LEAST_SPAN_MS) return share;
      const now = { atMs, ...readTimes() };
      const total = now.total - last.total;
      share = total === 0 ? 0 : (now.busy - last.busy) / total;
      last = now;
      return share;
    },
  };
}

/** In milliseconds since the machine was started, of all processors together. */
function readTimes(): { busy: number; total: number } {
  let busy = 0;
  let total = 0;
  for (const { times } of cpus()) {
    const working = times.user + times.nice + times.sys + times.irq;
    busy += working;
    total += working + times.idle;
  }
  return { busy, total };
}
