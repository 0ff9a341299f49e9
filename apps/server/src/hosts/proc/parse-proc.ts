/** What the supervisor needs of `/proc/PID/stat`. Times are in clock ticks, memory in pages. */
export interface ProcStat {
  pid: number;
  /** The name of its program, cut at 15 characters by the kernel. */
  name: string;
  parentPid: number;
  /** User and system time. */
  cpuTicks: number;
  /** Since the machine started. With the pid it tells a process from a later one with the same pid. */
  startTicks: number;
  rssPages: number;
}

/** Linux reports times to programs in hundredths of a second on every platform. */
export const TICKS_PER_SECOND = 100;

/** Parses `/proc/PID/stat` (proc(5)). Undefined for a zombie, which is only waiting to be reaped, and for what is no such line. */
export function parseStat(text: string): ProcStat | undefined {
  // "pid (name) state parent …", where the name may hold blanks and parentheses.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open === -1 || close === -1) return undefined;
  const fields = text.slice(close + 2).split(' ');
  const state = fields[0];
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  const at = (field: number) => Number(fields[field - 3]);
  const stat = {
    pid: Number(text.slice(0, open)),
    name: text.slice(open + 1, close),
    parentPid: at(4),
    cpuTicks: at(14) + at(15),
    startTicks: at(22),
    rssPages: at(24),
  };
  return Number.isNaN(stat.rssPages) ? undefined : stat;
}

/** Seconds since the machine started, from `/proc/uptime`. */
export function parseUptimeSeconds(text: string): number {
  return Number.parseFloat(text);
}

/** The proportional share of memory in bytes, from `/proc/PID/smaps_rollup`. */
export function parsePssBytes(text: string): number | undefined {
  const match = /^Pss:\s+(\d+) kB/m.exec(text);
  return match?.[1] === undefined ? undefined : Number(match[1]) * 1024;
}

/** The size of a page in bytes, from the beginning of any `/proc/PID/smaps`; 4096 where it does not say. */
export function parsePageSize(text: string): number {
  const match = /^KernelPageSize:\s+(\d+) kB/m.exec(text);
  return match?.[1] === undefined ? 4096 : Number(match[1]) * 1024;
}

/** The value of the variable in `/proc/PID/environ`, when it begins with `prefix`. */
export function findVariable(environ: string, options: { name: string; prefix: string }): string | undefined {
  const wanted = `${options.name}=${options.prefix}`;
  const found = environ.startsWith(wanted) ? 0 : environ.indexOf(`\0${wanted}`) + 1;
  if (found === 0 && !environ.startsWith(wanted)) return undefined;
  const end = environ.indexOf('\0', found);
  return environ.slice(found + options.name.length + 1, end === -1 ? undefined : end);
}
