import { open, type FileHandle } from 'node:fs/promises';

import type { FileName } from './folder.ts';

const CHUNK_BYTES = 1024 * 1024;
/** The least that a file system stores: a hole is made of whole blocks. */
export const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(CHUNK_BYTES);

/** Told before each step, so that a copy is bounded and can be stopped: what it throws ends the copy. */
export interface CopyCounter {
  onRead(bytes: number): Promise<void>;
  onWrite(bytes: number): void;
}

/** An open file, and how it was when it was looked at. */
export interface CopySource {
  file: FileHandle;
  mode: number;
  /** In bytes. */
  size: number;
}

/**
 * Copies the bytes that an open file had when it was looked at into a new file. Blocks of zeros become holes, so that the copy takes no
 * more disk than its source. Bytes that the source gains meanwhile are not copied.
 * @throws a system error when it cannot be read or written.
 */
export async function copyFile({ file, mode, size }: CopySource, to: FileName, counter: CopyCounter): Promise<void> {
  await using target = await open(to, 'wx', 0o600);
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(size, 1)));
  let position = 0;
  let end = 0;
  while (position < size) {
    const length = Math.min(buffer.length, size - position);
    await counter.onRead(length);
    const { bytesRead } = await file.read(buffer, 0, length, position);
    if (bytesRead === 0) break;
    for (const { start, end: until } of findData(buffer.subarray(0, bytesRead))) {
      counter.onWrite(toBlocks(until - start));
      await writeAll(target, buffer.subarray(start, until), position + start);
      end = position + until;
    }
    position += bytesRead;
  }
  // The file ends with a hole.
  if (end < position) await target.truncate(position);
  // Not set-user-id and the like: the copy belongs to somebody else.
  await target.chmod(mode & 0o777);
}

/** The parts of a chunk that are not blocks of zeros, as long as they can be. */
function* findData(chunk: Buffer): Generator<{ start: number; end: number }> {
  if (isZero(chunk)) return;
  let start = -1;
  for (let at = 0; at < chunk.length; at += BLOCK_BYTES) {
    const isHole = isZero(chunk.subarray(at, at + BLOCK_BYTES));
    if (!isHole && start === -1) start = at;
    if (isHole && start !== -1) {
      yield { start, end: at };
      start = -1;
    }
  }
  if (start !== -1) yield { start, end: chunk.length };
}

function isZero(bytes: Buffer): boolean {
  return bytes.equals(ZEROS.subarray(0, bytes.length));
}

function toBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
}

async function writeAll(target: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await target.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
