import { constants } from 'node:fs';
import { open, realpath, stat, type FileHandle } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';

import type { WorkspaceFile } from '@claude-sdk-pattern/protocol';

/** More than anybody reads in a browser; a longer file is cut. */
export const MAX_READ_BYTES = 1024 * 1024;
/** Not to wait for a writer where the name is that of a pipe; not to follow what has just become a link. */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;

/**
 * Reads a file of a folder, by a path in it. Undefined where there is no regular file, and where the path leads out of
 * the folder, by itself or by a link: whoever asks is not told what is outside.
 */
export async function readWorkspaceFile(dir: string, path: string): Promise<WorkspaceFile | undefined> {
  try {
    const root = await realpath(dir);
    const real = await realpath(resolve(root, path));
    if (!real.startsWith(root + sep)) return undefined;
    await using file = await open(real, FLAGS);
    const opened = await file.stat();
    // What was opened is what stands there: nobody has put a link in the place of a folder on the way in the meantime.
    const there = await realpath(real);
    const same = await stat(there);
    if (!opened.isFile() || there !== real || same.dev !== opened.dev || same.ino !== opened.ino) return undefined;
    const bytes = await readBeginning(file);
    const truncated = opened.size > bytes.length;
    return {
      type: 'workspace_file',
      path: relative(root, real).split(sep).join('/'),
      size_bytes: opened.size,
      modified_at: opened.mtime.toISOString(),
      text: toText(bytes, truncated),
      truncated,
    };
  } catch (error) {
    if (isSystemError(error)) return undefined;
    throw error;
  }
}

async function readBeginning(file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.alloc(MAX_READ_BYTES);
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Null for what is no UTF-8. A character that the cut went through is left out. */
function toText(bytes: Buffer, truncated: boolean): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: truncated });
  } catch {
    return null;
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
