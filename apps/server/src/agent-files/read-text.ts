import type { FileHandle } from 'node:fs/promises';

import type { WorkspaceFile } from '@claude-sdk-pattern/protocol';

import { openPath } from './open-path.ts';

/** More than anybody reads in a browser; a longer file is cut. */
export const MAX_READ_BYTES = 1024 * 1024;

/**
 * Reads a file of a folder by its relative path. Undefined when there is no regular file, or the path leads out of
 * the folder, by itself or by a link: the caller learns nothing about files outside.
 */
export async function readWorkspaceFile(dir: string, path: string): Promise<WorkspaceFile | undefined> {
  const opened = await openPath(dir, path);
  if (opened === undefined) return undefined;
  await using file = opened.file;
  const { size, mtime } = await file.stat();
  const bytes = await readBeginning(file);
  const truncated = size > bytes.length;
  return {
    type: 'workspace_file',
    path: opened.path,
    size_bytes: size,
    modified_at: mtime.toISOString(),
    text: toText(bytes, truncated),
    truncated,
  };
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

/** Null when it is not UTF-8. A character cut in half at the end is removed. */
function toText(bytes: Buffer, truncated: boolean): string | null {
  if (bytes.includes(0)) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: truncated });
  } catch {
    return null;
  }
}
