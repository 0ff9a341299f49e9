import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

import { readWhole } from './read-whole.ts';

/** Files up to this size are told apart by their content. */
export const MAX_HASHED_BYTES = 1024 * 1024;

/**
 * What tells whether a file is still the one that somebody has read: of a small file a digest of its content, because the
 * times of two writes within 4 ms can be equal; of a larger one its stamp.
 */
export async function readVersion(file: FileHandle): Promise<string> {
  const content = await readWhole(file, MAX_HASHED_BYTES);
  return content === undefined ? toStamp(await file.stat({ bigint: true })) : toVersion(content);
}

/** The version of a content of at most `MAX_HASHED_BYTES`. */
export function toVersion(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}

/** Differs after nearly every change: of a file its content, of a folder the entries in it. */
export function toStamp({ ino, size, mtimeNs }: Pick<BigIntStats, 'ino' | 'size' | 'mtimeNs'>): string {
  return `${ino.toString(36)}-${size.toString(36)}-${mtimeNs.toString(36)}`;
}
