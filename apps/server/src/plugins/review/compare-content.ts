import type { Stats } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import type { PluginFileChange } from '@claude-sdk-pattern/protocol';

import { createLimiter, type Limiter } from '../../lib/limiter.ts';
import { checkContentPath } from '../content/content-path.ts';

const READS_AT_ONCE = 8;
const CHUNK_BYTES = 256 * 1024;
const SNIFFED_BYTES = 8192;

export interface ComparedContent {
  /** Those of dependencies last. */
  changes: Omit<PluginFileChange, 'is_binary'>[];
  unchanged: number;
}

interface FoundFile {
  bytes: number;
  isExecutable: boolean;
}

/**
 * Which files of two folders differ, byte by byte. Content of plugins has regular files only and never changes.
 * @param before Absolute path; null where there is nothing before.
 */
export async function compareContent(before: string | null, after: string): Promise<ComparedContent> {
  const [old, next] = [
    before === null ? new Map<string, FoundFile>() : await listContent(before),
    await listContent(after),
  ];
  const limiter = createLimiter(READS_AT_ONCE);
  const paths = [...new Set([...old.keys(), ...next.keys()])].toSorted(byPlace);
  const compared = await Promise.all(
    paths.map((path) => findChange({ before, after, path }, [old.get(path), next.get(path)], limiter)),
  );
  const changes = compared.filter((change) => change !== undefined);
  return { changes, unchanged: paths.length - changes.length };
}

/**
 * How one file differs; undefined where it does not, or is in neither folder.
 * @param path In the content.
 * @throws CspError `invalid_request` for a path that leads out of it.
 */
export async function compareFile(
  before: string | null,
  after: string,
  path: string,
): Promise<ComparedContent['changes'][number] | undefined> {
  const checked = checkContentPath(path);
  const [was, is] = await Promise.all([
    before === null ? undefined : findFile(before, checked),
    findFile(after, checked),
  ]);
  if (was === undefined && is === undefined) return undefined;
  return findChange({ before, after, path: checked }, [was, is], createLimiter(1));
}

async function findChange(
  { before, after, path }: { before: string | null; after: string; path: string },
  [was, is]: readonly [FoundFile | undefined, FoundFile | undefined],
  limiter: Limiter,
): Promise<ComparedContent['changes'][number] | undefined> {
  const mayBeSame = before !== null && was?.bytes === is?.bytes && was?.isExecutable === is?.isExecutable;
  const isSame =
    mayBeSame && (await limiter.run(() => isSameFile(join(before, path), join(after, path), is?.bytes ?? 0)));
  return isSame ? undefined : toChange(path, was, is);
}

async function findFile(dir: string, path: string): Promise<FoundFile | undefined> {
  const found = await lstat(join(dir, path)).catch(() => undefined);
  return found?.isFile() === true ? toFound(found) : undefined;
}

function toFound({ size, mode }: Stats): FoundFile {
  return { bytes: size, isExecutable: (mode & 0o100) !== 0 };
}

/** Whether a file is no text: it has a NUL, or its beginning is no UTF-8. */
export async function isBinaryFile(path: string): Promise<boolean> {
  await using file = await open(path, 'r');
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFFED_BYTES), 0, SNIFFED_BYTES, 0);
  return toText(buffer.subarray(0, bytesRead), bytesRead === SNIFFED_BYTES) === undefined;
}

/** Undefined for what is no text. @param isCut Whether its last character may be cut. */
export function toText(bytes: Buffer, isCut = false): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

async function listContent(dir: string): Promise<Map<string, FoundFile>> {
  const found = new Map<string, FoundFile>();
  const limiter = createLimiter(READS_AT_ONCE);
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        limiter.run(async () => {
          const path = join(entry.parentPath, entry.name);
          found.set(path.slice(dir.length + 1), toFound(await lstat(path)));
        }),
      ),
  );
  return found;
}

/** @param bytes Size of both. */
async function isSameFile(one: string, other: string, bytes: number): Promise<boolean> {
  await using first = await open(one, 'r');
  await using second = await open(other, 'r');
  const size = Math.min(bytes, CHUNK_BYTES);
  const [a, b] = [Buffer.allocUnsafe(size), Buffer.allocUnsafe(size)];
  for (let at = 0; at < bytes;) {
    const [read, compared] = await Promise.all([readAt(first, a, at), readAt(second, b, at)]);
    if (!read.equals(compared)) return false;
    if (read.length === 0) break;
    at += read.length;
  }
  return true;
}

async function readAt(file: FileHandle, into: Buffer, at: number): Promise<Buffer> {
  const { bytesRead } = await file.read(into, 0, into.length, at);
  return into.subarray(0, bytesRead);
}

function toChange(
  path: string,
  was: FoundFile | undefined,
  is: FoundFile | undefined,
): ComparedContent['changes'][number] {
  const isExecutable = (is ?? was)?.isExecutable === true;
  const isOther = was !== undefined && is !== undefined && was.isExecutable !== is.isExecutable;
  return {
    path,
    change: was === undefined ? 'added' : is === undefined ? 'removed' : 'changed',
    before_bytes: was?.bytes ?? null,
    after_bytes: is?.bytes ?? null,
    executable: isOther ? (isExecutable ? 'added' : 'removed') : isExecutable ? 'yes' : 'no',
  };
}

function byPlace(one: string, other: string): number {
  const [a, b] = [one, other].map((path) => Number(/(?:^|\/)node_modules\//.test(path)));
  return a === b ? (one < other ? -1 : 1) : (a ?? 0) - (b ?? 0);
}
