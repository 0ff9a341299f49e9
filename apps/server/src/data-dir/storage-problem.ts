import { constants } from 'node:fs';
import { access, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ConfigError } from '../config/load-config.ts';

/** Error codes of the operating system and SQLite for a full disk, and for one that cannot be written. */
const FULL = /^(ENOSPC|EDQUOT|SQLITE_FULL)$/;
const READ_ONLY = /^(EROFS|SQLITE_READONLY.*)$/;
/** These codes can concern any file; for a path in the data directory they mean the same. */
const REFUSED = /^(EACCES|EPERM)$/;

/** With less free space than this, a test file is written before the disk counts as writable. */
const LITTLE_BYTES = 64 * 1024 * 1024;
const PROBE_BYTES = 1024 * 1024;

type StorageProblem = 'full' | 'read-only';

/** Whether an error, or what caused it, says that nothing can be written. */
export function findStorageProblem(error: unknown): StorageProblem | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const code = String((each as { code?: unknown }).code);
    if (FULL.test(code) || code === 'disk_full') return 'full';
    if (READ_ONLY.test(code)) return 'read-only';
  }
  return undefined;
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
 * Resolves when the data directory is writable; rejects with the error of the operating system. With little free
 * space it writes and removes a small file; otherwise it costs almost nothing.
 */
export async function checkWritable(dataDir: string): Promise<void> {
  await access(dataDir, constants.W_OK);
  const { bavail, bsize } = await statfs(dataDir);
  if (bavail * bsize >= LITTLE_BYTES) return;
  const probe = join(dataDir, 'tmp', 'write-check');
  try {
    await writeFile(probe, Buffer.alloc(PROBE_BYTES), { mode: 0o600, flush: true });
  } finally {
    await rm(probe, { force: true });
  }
}
