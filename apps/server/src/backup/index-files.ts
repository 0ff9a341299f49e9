import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { openFolder, type Folder } from '../agent-files/folder.ts';
import { readLines } from '../agent-files/read-lines.ts';
import { syncDir } from '../lib/sync-dir.ts';
import { BackupError, DATA_DIR, INDEX_FILE, type Manifest } from './manifest.ts';

const CHUNK_BYTES = 1024 * 1024;
const MAX_LINE_BYTES = 64 * 1024;

interface FileEntry {
  path: string;
  type: 'file';
  size: number;
  sha256: string;
}

interface LinkEntry {
  path: string;
  type: 'link';
  to: string;
}

/**
 * Writes a line for every file and link below a folder, and brings all of them to the disk: from what was read back, so
 * the digests are those of what the backup really holds.
 */
export async function indexFiles(dir: string, signal: AbortSignal): Promise<Manifest['index']> {
  const hash = createHash('sha256');
  const index = { entries: 0, bytes: 0 };
  await using file = await open(join(dir, INDEX_FILE), 'wx', 0o600);
  await using root = await openFolder(dir);
  const add = async (entry: FileEntry | LinkEntry) => {
    signal.throwIfAborted();
    const line = `${JSON.stringify(entry)}\n`;
    hash.update(line);
    index.entries += 1;
    if (entry.type === 'file') index.bytes += entry.size;
    await file.writeFile(line);
  };
  await walk(root, { dir, names: [], add });
  await file.sync();
  await syncDir(dir);
  return { ...index, sha256: hash.digest('hex') };
}

interface Walk {
  dir: string;
  names: readonly string[];
  add(entry: FileEntry | LinkEntry): Promise<void>;
}

async function walk(folder: Folder, { dir, names, add }: Walk): Promise<void> {
  for await (const { name, kind } of folder.list()) {
    const path = [...names, name].join('/');
    if (path === INDEX_FILE) continue;
    if (kind === 'folder') {
      await using inner = await folder.openFolder(name);
      await walk(inner, { dir, names: [...names, name], add });
    } else if (kind === 'link') {
      await add({ path, type: 'link', to: await readlink(folder.at(name)) });
    } else {
      await using file = await folder.openFile(name);
      if (file === undefined) throw new BackupError(`${join(dir, path)} is no file.`);
      await add({ path, type: 'file', ...(await digest(file)) });
      await file.sync();
    }
  }
  await syncDir(folder.at('.'));
}

async function digest(file: FileHandle): Promise<Pick<FileEntry, 'size' | 'sha256'>> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let size = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, size);
    if (bytesRead === 0) return { size, sha256: hash.digest('hex') };
    hash.update(buffer.subarray(0, bytesRead));
    size += bytesRead;
  }
}

/**
 * Reads every file of a backup and compares it with the index.
 * @throws BackupError naming the first file that is missing or has changed, and where a restore would take others
 */
export async function verifyFiles(dir: string, expected: Manifest['index']): Promise<void> {
  const indexPath = join(dir, INDEX_FILE);
  if ((await digestPath(indexPath))?.sha256 !== expected.sha256) throw new BackupError(`${indexPath} is damaged.`);
  await using file = await open(indexPath, 'r');
  let [entries, ofData] = [0, 0];
  for await (const lines of readLines(file, { maxBytes: Infinity, maxLineBytes: MAX_LINE_BYTES })) {
    for (const line of lines) {
      const entry = JSON.parse(line) as FileEntry | LinkEntry;
      await verifyEntry(dir, entry);
      entries += 1;
      if (entry.path.startsWith(`${DATA_DIR}/`)) ofData += 1;
    }
  }
  if (entries !== expected.entries)
    throw new BackupError(`${indexPath} has ${entries} lines, not ${expected.entries}.`);
  await using data = await openFolder(join(dir, DATA_DIR));
  const found = await countEntries(data);
  if (found === ofData) return;
  throw new BackupError(`${join(dir, DATA_DIR)} has ${found} files, not ${ofData}: some are not in ${indexPath}.`);
}

async function countEntries(folder: Folder): Promise<number> {
  let count = 0;
  for await (const { name, kind } of folder.list()) {
    if (kind === 'folder') {
      await using inner = await folder.openFolder(name);
      count += await countEntries(inner);
    } else count += 1;
  }
  return count;
}

async function verifyEntry(dir: string, entry: FileEntry | LinkEntry): Promise<void> {
  const path = join(dir, entry.path);
  if (entry.type === 'link') {
    const to = await readlink(path).catch(() => undefined);
    if (to !== entry.to) throw new BackupError(`The link ${path} is missing or has changed.`);
    return;
  }
  const found = await digestPath(path);
  if (found === undefined) throw new BackupError(`${path} is missing.`);
  if (found.size !== entry.size || found.sha256 !== entry.sha256) throw new BackupError(`${path} has changed.`);
}

async function digestPath(path: string): Promise<Pick<FileEntry, 'size' | 'sha256'> | undefined> {
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return { size, sha256: hash.digest('hex') };
}

/** Brings all files below a folder to the disk. */
export async function syncTree(dir: string): Promise<void> {
  await using folder = await openFolder(dir);
  await syncContent(folder);
}

async function syncContent(folder: Folder): Promise<void> {
  for await (const { name, kind } of folder.list()) {
    if (kind === 'folder') {
      await using inner = await folder.openFolder(name);
      await syncContent(inner);
    } else if (kind === 'file') {
      await using file = await folder.openFile(name);
      await file?.sync();
    }
  }
  await syncDir(folder.at('.'));
}
