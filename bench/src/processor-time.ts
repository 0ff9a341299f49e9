import { readFileSync, readdirSync } from 'node:fs';

/**
 * The processor time that all threads of a process have taken, in ms. Exact while the process rests: Linux counts nanoseconds, up to
 * when a thread last gave its processor back (`/proc/PID/task/TID/schedstat`). @throws Error on other systems
 */
export function readProcessorTimeMs(pid: number): number {
  let nanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`))
    nanos += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
  return nanos / 1e6;
}
