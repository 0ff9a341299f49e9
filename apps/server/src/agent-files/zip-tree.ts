import { lstat, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

import { CspError } from '@claude-sdk-pattern/protocol';
import { ZipFile } from 'yazl';

import { MAX_DEPTH, type Folder } from './folder.ts';

/** Such an archive already takes minutes to pack and to unpack. */
const MAX_ENTRIES = 100_000;
const MAX_BYTES = 10 * 1024 ** 3;
const CHUNK_BYTES = 256 * 1024;
/** More than a person reads. */
const MAX_NAMED = 1000;
const LEFT_OUT = 'LEFT OUT of this archive.txt';

export interface ZipLimits {
  entries: number;
  bytes: number;
}

/**
 * Looks whether an archive of a folder would be within limits.
 * @throws CspError `too_large` above 100,000 entries or 10 GB
 */
export async function assertFitsZip(
  folder: Folder,
  left: ZipLimits = { entries: MAX_ENTRIES, bytes: MAX_BYTES },
  depth = 0,
): Promise<void> {
  for await (const { name, kind } of folder.list()) {
    left.entries -= 1;
    if (kind === 'file') left.bytes -= (await lstat(folder.at(name)).catch(() => undefined))?.size ?? 0;
    if (left.entries < 0 || left.bytes < 0) {
      throw new CspError(
        'too_large',
        'An archive may have 100,000 files of 10 GB together. Download one of the folders in it instead',
      );
    }
    if (kind !== 'folder' || depth === MAX_DEPTH) continue;
    const inner = await folder.openFolder(name).catch(() => undefined);
    if (inner === undefined) continue;
    await using opened = inner;
    await assertFitsZip(opened, left, depth + 1);
  }
}

/**
 * A folder as a .zip, packed as fast as it is read. Each file has the bytes that it had when its turn came; one that
 * shrinks meanwhile is shorter. Links, pipes, sockets, devices, unreadable files and what lies too deep are left out; the
 * archive then has a list of them. Reading stops when the stream is destroyed.
 * @param root closed when the stream ends
 */
export function zipTree(root: AsyncDisposable & { folder: Folder }): Readable {
  const zip = new ZipFile();
  const ending = new AbortController();
  // The library's types are of an older interface of streams.
  const output = zip.outputStream as Readable;
  output.once('close', () => ending.abort());
  const run: Packing = { zip, signal: ending.signal, leftOut: [], leftOutCount: 0 };
  const pack = async () => {
    await using opened = root;
    await packFolder(opened.folder, [], run);
    if (run.leftOutCount > 0) zip.addBuffer(Buffer.from(toNote(run)), LEFT_OUT);
    zip.end();
  };
  pack().catch((error: unknown) => output.destroy(error instanceof Error ? error : undefined));
  return output;
}

interface Packing {
  zip: ZipFile;
  signal: AbortSignal;
  leftOut: string[];
  leftOutCount: number;
}

async function packFolder(folder: Folder, names: readonly string[], run: Packing): Promise<void> {
  let isEmpty = true;
  for await (const { name, kind } of folder.list()) {
    run.signal.throwIfAborted();
    isEmpty = false;
    const path = [...names, name];
    if (kind === 'file') await packFile(folder, path, run);
    else if (kind === 'folder' && path.length < MAX_DEPTH) {
      const inner = await folder.openFolder(name).catch(() => undefined);
      if (inner === undefined) leaveOut(path, run);
      else {
        await using opened = inner;
        await packFolder(opened, path, run);
      }
    } else leaveOut(path, run);
  }
  if (isEmpty && names.length > 0) run.zip.addEmptyDirectory(toEntryName(names));
}

async function packFile(folder: Folder, names: readonly string[], run: Packing): Promise<void> {
  const found = await folder.openFile(names.at(-1) ?? '').catch(() => undefined);
  if (found === undefined) return leaveOut(names, run);
  await using file = found;
  const { size, mtime, mode } = await file.stat();
  const content = Readable.from(readBytes(file, size), { objectMode: false });
  run.zip.addReadStream(content, toEntryName(names), { mtime: toZipTime(mtime), mode: 0o100000 | (mode & 0o777) });
  try {
    await finished(content, { signal: run.signal });
  } finally {
    content.destroy();
  }
}

/** Never more than were there at the beginning, and none after an error: an archive cannot be taken back. */
async function* readBytes(file: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < size;) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - position));
    const bytesRead = await file.read(buffer, 0, buffer.length, position).then(
      (read) => read.bytesRead,
      () => 0,
    );
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

/** Without what would lead out of the folder where somebody unpacks it on another system. */
function toEntryName(names: readonly string[]): string {
  return names.map((name) => name.replaceAll('\\', '_').replace(/^[A-Za-z]:/, '_')).join('/');
}

/** What the format can write: 1980 to 2037. */
function toZipTime(time: Date): Date {
  const year = time.getFullYear();
  return year >= 1980 && year < 2038 ? time : new Date(1980, 0, 1);
}

function leaveOut(names: readonly string[], run: Packing): void {
  run.leftOutCount += 1;
  if (run.leftOut.length < MAX_NAMED) run.leftOut.push(names.join('/'));
}

function toNote({ leftOut, leftOutCount }: Packing): string {
  const more = leftOutCount > leftOut.length ? [`… and ${leftOutCount - leftOut.length} more`] : [];
  const head = 'Not in this archive: links, pipes, sockets, devices, and what could not be read.';
  return [head, '', ...leftOut, ...more, ''].join('\n');
}
