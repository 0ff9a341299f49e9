import type { FileHandle } from 'node:fs/promises';

export interface Tail {
  text: string;
  /** Of the whole file. */
  totalBytes: number;
  truncated: boolean;
}

/** The end of a file as UTF-8, at most `maxBytes`; what is no UTF-8 is replaced. The caller closes the file. */
export async function readTail(file: FileHandle, maxBytes: number): Promise<Tail> {
  const { size } = await file.stat();
  const start = Math.max(0, size - maxBytes);
  const buffer = Buffer.alloc(Math.min(size, maxBytes));
  const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
  const text = buffer.subarray(0, bytesRead).toString('utf8');
  // A character that was cut in two.
  return { text: start > 0 ? text.replace(/^\uFFFD+/, '') : text, totalBytes: size, truncated: start > 0 };
}
