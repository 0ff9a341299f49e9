import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import { createTextDetector, detectFileType, SIGNATURE_BYTES, type FileType } from './detect-mime-type.ts';

export interface WrittenUpload extends FileType {
  sizeBytes: number;
}

/**
 * Streams an upload to `path`. Resolves when all of it is on disk.
 * @throws CspError `too_large` above `maxBytes`; then no part of it stays.
 */
export async function writeUpload(
  source: Readable,
  options: { path: string; filename: string; maxBytes: number },
): Promise<WrittenUpload> {
  const { path, filename, maxBytes } = options;
  const text = createTextDetector();
  const beginning: Buffer[] = [];
  let sizeBytes = 0;

  async function* watch(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      if (sizeBytes < SIGNATURE_BYTES) beginning.push(chunk.subarray(0, SIGNATURE_BYTES - sizeBytes));
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes) {
        throw new CspError('too_large', `A file may have ${toMegabytes(maxBytes)} MB at most`, {
          details: { field: 'file', limit_bytes: maxBytes },
        });
      }
      text.add(chunk);
      yield chunk;
    }
  }

  const sink = createWriteStream(path, { mode: 0o600, flush: true });
  try {
    await pipeline(source, watch, sink);
  } catch (error) {
    // The file may still be opening: removed before that, it would come back.
    if (!sink.closed) await new Promise<void>((resolve) => sink.once('close', resolve));
    await rm(path, { force: true });
    throw error;
  }
  const type = await detectFileType({ beginning: Buffer.concat(beginning), isText: text.end(), filename });
  return { sizeBytes, ...type };
}

function toMegabytes(bytes: number): number {
  return Math.round((bytes / 1024 / 1024) * 100) / 100;
}
