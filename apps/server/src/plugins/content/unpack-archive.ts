import { open } from 'node:fs/promises';

import { refuseFile } from '../problem.ts';
import type { ContentWriter } from './content-writer.ts';

const TAR_MAGIC_OFFSET = 257;

/**
 * Unpacks a .tar, .tgz, .zip or .mcpb, which is a .zip, into the content of a plugin. Links, devices, encrypted entries and whatever the writer
 * does not take are refused.
 * @throws CspError `invalid_request`
 */
export async function unpackArchive(path: string, writer: ContentWriter): Promise<void> {
  // The libraries are loaded only here: a server that takes no archive starts without them.
  switch (await detectArchive(path)) {
    case 'tar':
      return (await import('./unpack-tar.ts')).unpackTar(path, writer);
    case 'zip':
      return (await import('./unpack-zip.ts')).unpackZip(path, writer);
    case undefined:
      throw refuseFile(null, 'It is no archive that the server can unpack', 'Pack it as .tgz, .tar or .zip');
  }
}

async function detectArchive(path: string): Promise<'tar' | 'zip' | undefined> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(512), position: 0 });
  const beginning = buffer.subarray(0, bytesRead);
  if (beginning.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]))) return 'tar';
  if (beginning.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'))) return 'zip';
  return beginning.subarray(TAR_MAGIC_OFFSET, TAR_MAGIC_OFFSET + 5).toString('latin1') === 'ustar' ? 'tar' : undefined;
}
