import { existsSync } from 'node:fs';

export interface ProcessLimits {
  /** Processes and threads of the user together, counted in its user namespace (Linux 5.14 and newer). */
  maxProcesses?: number | undefined;
  /** No file that it writes may be larger. */
  maxFileBytes?: number | undefined;
  /** What the processes may use together; here it bounds what each may allocate. */
  maxRssBytes?: number | undefined;
  /**
   * What each may allocate, for programs that use what they allocate; in place of `maxRssBytes`. Some other program that one of them starts can
   * raise it for itself, up to what it was held to before.
   */
  maxDataBytes?: number | undefined;
  /** Time of processors that each may use. */
  maxCpuSeconds?: number | undefined;
}

/** Programs allocate more than they use: Node 24 has 560 MB before it runs anything. */
const UNUSED_DATA_BYTES = 1024 * 1024 * 1024;
const PRLIMIT = '/usr/bin/prlimit';

/** The start of a command line that holds the rest of it to these limits; empty where the system has no prlimit(1). */
export function toLimitArgs({ maxProcesses, maxFileBytes, maxCpuSeconds, ...memory }: ProcessLimits): string[] {
  if (!existsSync(PRLIMIT)) return [];
  const { maxRssBytes = Infinity, maxDataBytes } = memory;
  const data = maxDataBytes === undefined ? maxRssBytes + UNUSED_DATA_BYTES : `${maxDataBytes}:`;
  const limits = { nproc: maxProcesses, fsize: maxFileBytes, cpu: maxCpuSeconds, data };
  const set = Object.entries(limits).flatMap(([name, value]) =>
    value === undefined || value === Infinity ? [] : [`--${name}=${value}`],
  );
  return [PRLIMIT, ...set, '--core=0', '--'];
}
