import { createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import type { ContentStore } from '../content/content-store.ts';
import type { Incoming } from './take-in.ts';

/** An archive that somebody uploads, on disk until it is disposed of. */
export interface ReceivedArchive extends AsyncDisposable {
  incoming: Extract<Incoming, { type: 'archive' }>;
}

/**
 * Writes an uploaded archive to the disk.
 * @throws CspError `too_large` above `maxBytes`; then nothing of it stays.
 */
export async function receiveArchive(
  source: Readable,
  {
    filename,
    maxBytes,
    content,
  }: { filename: string | undefined; maxBytes: number; content: Pick<ContentStore, 'stage'> },
): Promise<ReceivedArchive> {
  const staged = await content.stage();
  const path = join(staged.path, 'archive');
  let bytes = 0;
  async function* count(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new CspError(
          'too_large',
          `An archive of a plugin may have ${Math.floor(maxBytes / 1024 / 1024)} MB at most`,
          {
            details: { field: 'file', limit_bytes: maxBytes },
          },
        );
      yield chunk;
    }
  }
  try {
    await pipeline(source, count, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await staged[Symbol.asyncDispose]();
    throw error;
  }
  const name = basename((filename ?? '').replaceAll('\\', '/')).slice(0, 255) || 'archive';
  return {
    incoming: { type: 'archive', filename: name, path },
    [Symbol.asyncDispose]: () => staged[Symbol.asyncDispose](),
  };
}
