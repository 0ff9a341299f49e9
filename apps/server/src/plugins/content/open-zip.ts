import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

import { fromRandomAccessReaderPromise, openPromise, RandomAccessReader, type ZipFile } from 'yauzl';

const HEADER = Buffer.from('MCPB_SIG_V1');
const FOOTER = Buffer.from('MCPB_SIG_END');
const LENGTH_BYTES = 4;
/** A signature with its certificates has a few KB. */
const MAX_SIGNATURE_BYTES = 256 * 1024;
// Names are decoded by the caller, so that the writer refuses them with its own words.
const OPTIONS = { lazyEntries: true, decodeStrings: false } as const;

/**
 * Opens a zip file, or an MCP bundle with a signature behind the zip (`@anthropic-ai/mcpb` 2.1.2: a header, the length in four
 * bytes, PKCS#7, a footer). The signature is not checked: whoever takes the plugin in has to trust it.
 */
export async function openZip(path: string): Promise<ZipFile> {
  const end = await findSignature(path);
  if (end === undefined) return await openPromise(path, OPTIONS);
  return await fromRandomAccessReaderPromise(new FileReader(path), end, OPTIONS);
}

/** Where the signature of a bundle begins; undefined for a file without one. */
async function findSignature(path: string): Promise<number | undefined> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  const start = Math.max(0, size - MAX_SIGNATURE_BYTES);
  const { buffer } = await file.read({ buffer: Buffer.alloc(size - start), position: start });
  if (!buffer.subarray(-FOOTER.length).equals(FOOTER)) return undefined;
  const at = buffer.lastIndexOf(HEADER);
  const content = at + HEADER.length + LENGTH_BYTES;
  if (at === -1 || content + FOOTER.length > buffer.length) return undefined;
  const length = buffer.readUInt32LE(at + HEADER.length);
  return content + length + FOOTER.length === buffer.length ? start + at : undefined;
}

class FileReader extends RandomAccessReader {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 });
  }
}
