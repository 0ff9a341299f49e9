import { constants } from 'node:fs';
import { access, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { ConfigError } from '../config/load-config.ts';

/** Error codes of the operating system and SQLite for a full disk, and for one that cannot be written. */
const FULL = /^(ENOSPC|EDQUOT|SQLITE_FULL)$/;
const READ_ONLY = /^(EROFS|SQLITE_READONLY.*|SQLITE_IOERR_WRITE)$/;
/** These codes can concern any file; for a path in the data directory they mean the same. */
const REFUSED = /^(EACCES|EPERM)$/;

/** With less free space than this, the test file gets content before the disk counts as writable. */
const LITTLE_BYTES = 64 * 1024 * 1024;
const PROBE_BYTES = 1024 * 1024;

type StorageProblem = 'full' | 'read-only';

/** Whether an error, or what caused it, says that nothing can be written. The first cause knows best. */
export function findStorageProblem(error: unknown): StorageProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, syscall } = error as NodeJS.ErrnoException;
  // What `mkdir` with `recursive` says on a read-only disk (Node 20 to 24).
  if (code === 'ENOENT' && syscall === 'mkdir') return 'read-only';
  return findStorageProblem(error.cause) ?? toProblem(String(code));
}

function toProblem(code: string): StorageProblem | undefined {
  if (FULL.test(code) || code === 'disk_full') return 'full';
  return READ_ONLY.test(code) ? 'read-only' : undefined;
}

/** What happened and what to do, for people. */
export function describeStorageProblem(problem: StorageProblem): string {
  return problem === 'full'
    ? 'The disk of the server is full, so nothing of this was stored. Free some space on it, or ask an operator'
    : 'The data directory of the server cannot be written, so nothing of this was stored. Ask an operator to make it writable';
}

/** A start that failed because the data directory cannot be written, as a sentence with a remedy; undefined for any other. */
export function toDataDirError(error: unknown, dataDir: string): ConfigError | undefined {
  if (error instanceof ConfigError) return undefined;
  const { code, path, message } = (error instanceof Error ? error : {}) as NodeJS.ErrnoException;
  const isRefused = REFUSED.test(String(code)) && path?.startsWith(dataDir) === true;
  const problem = findStorageProblem(error) ?? (isRefused ? 'read-only' : undefined);
  if (problem === undefined) return undefined;
  return new ConfigError(
    problem === 'full'
      ? `The disk of the data directory ${dataDir} is full (${message}). Free some space and start again; what was stored before is kept.`
      : `The data directory ${dataDir} cannot be written (${message}). Give the user of the server write access to it, or name another folder with CLAUDE_SDK_PATTERN_DATA_DIR.`,
  );
}

/**
 * Resolves when a file can be made at a path; rejects with the error of the operating system. It creates and removes an empty
 * file, because a file system that the kernel made read-only after an error may still say that it can be written (ext4, Linux
 * 6.18). With little free space it writes into that file as well.
 */
export async function checkWritable(probe: string): Promise<void> {
  const dir = dirname(probe);
  await access(dir, constants.W_OK);
  const { bavail, bsize } = await statfs(dir);
  const isLittle = bavail * bsize < LITTLE_BYTES;
  try {
    await writeFile(probe, Buffer.alloc(isLittle ? PROBE_BYTES : 0), { mode: 0o600, flush: isLittle });
  } finally {
    await rm(probe, { force: true });
  }
}
