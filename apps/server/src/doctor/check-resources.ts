import { statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { dirname } from 'node:path';
import { type CheckResult, toOk, toProblem } from './check-result.ts';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
// Measured: a process holds about 100 MB of its own while idle and grows with its conversation.
const SESSION_BYTES = 200 * MIB;
const LEAST_DISK_BYTES = GIB;

/** Checks that the free memory holds the sessions that the configuration allows. */
export function checkMemory(
  maxSessions: number,
  memory = { freeBytes: findFreeBytes(), totalBytes: totalmem() },
): CheckResult {
  const fits = Math.floor(memory.freeBytes / SESSION_BYTES);
  const detail = `${toGib(memory.freeBytes)} free of ${toGib(memory.totalBytes)}, enough for about ${fits} live sessions`;
  if (fits >= maxSessions) return toOk('Memory', detail);
  return toProblem('Memory', fits === 0 ? 'failed' : 'warning', {
    detail,
    remedy: `Free memory, or lower CLAUDE_SDK_PATTERN_MAX_SESSIONS from ${maxSessions} to ${Math.max(1, fits)}.`,
  });
}

/** Checks the free space where a folder of the server is, or will be. `variable` names it. */
export async function checkDisk(variable: string, dir: string): Promise<CheckResult> {
  const { bavail, bsize } = await statNearest(dir);
  const freeBytes = bavail * bsize;
  const detail = `${toGib(freeBytes)} free for ${dir}`;
  if (freeBytes >= LEAST_DISK_BYTES) return toOk('Disk', detail);
  return toProblem('Disk', freeBytes < 64 * MIB ? 'failed' : 'warning', {
    detail,
    remedy: `Free some space, or move ${variable} to a larger disk.`,
  });
}

/** Free memory in bytes. Inside a container, its limit counts instead of the machine's. */
function findFreeBytes(): number {
  return process.availableMemory() || freemem();
}

async function statNearest(path: string): Promise<{ bavail: number; bsize: number }> {
  try {
    return await statfs(path);
  } catch (error) {
    const parent = dirname(path);
    if (parent === path) throw error;
    return statNearest(parent);
  }
}

function toGib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
