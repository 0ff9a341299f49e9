import type { FileHandle } from 'node:fs/promises';

import { MAX_HASHED_BYTES, toStamp, toVersion } from './file-version.ts';
import { openPath } from './open-path.ts';

/** More than anybody reads in a browser; a longer file is cut. */
export const MAX_READ_BYTES = MAX_HASHED_BYTES;

/** A file as it was when it was read. */
export interface ReadFile {
  /** From the folder, with `/`, without links. */
  path: string;
  sizeBytes: number;
  modifiedAt: Date;
  version: string;
  /** Its first `MAX_READ_BYTES`, or all. */
  beginning: Buffer;
  /** Null when that is not UTF-8. */
  text: string | null;
  truncated: boolean;
}

/**
 * Reads a file of a folder by its relative path. Undefined when there is no regular file, or the path leads out of
 * the folder, by itself or by a link: the caller learns nothing about files outside.
 */
export async function readTextFile(dir: string, path: string): Promise<ReadFile | undefined> {
  const opened = await openPath(dir, path);
  if (opened === undefined) return undefined;
  await using file = opened.file;
  const stats = await file.stat({ bigint: true });
  const beginning = await readBeginning(file);
  const truncated = Number(stats.size) > beginning.length;
  return {
    path: opened.path,
    sizeBytes: Number(stats.size),
    modifiedAt: stats.mtime,
    version: truncated ? toStamp(stats) : toVersion(beginning),
    beginning,
    text: toText(beginning, truncated),
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
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: truncated });
  } catch {
    return null;
  }
}
