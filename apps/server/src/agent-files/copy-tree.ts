import { link, mkdir, readlink, symlink } from 'node:fs/promises';

import { CspError } from '@claude-sdk-pattern/protocol';

import { startFew, type FewAtOnce } from '../lib/few-at-once.ts';
import { createSerialQueue, type SerialQueue } from '../lib/serial-queue.ts';
import { cloneFile } from './clone-file.ts';
import { BLOCK_BYTES, copyFile, type CopyCounter } from './copy-file.ts';
import {
  isSystemError,
  MAX_DEPTH,
  openFolder,
  type FileName,
  type Folder,
  type ExactEntry,
  type OpenedFile,
} from './folder.ts';

export interface CopiedTree {
  /** The first paths that could not be copied, relative to the folder, with `/`. */
  leftOut: string[];
  /** How many that were. */
  leftOutCount: number;
}

/** What was copied so far. */
export interface CopyProgress {
  /** Files, folders and links. */
  entries: number;
  bytes: number;
}

export interface CopyTreeOptions {
  /** The most bytes that the copy may take on disk. A larger file is left out, holes included. */
  maxBytes?: number;
  /** The most files, folders and links that are copied. */
  maxEntries?: number;
  /** Shares the blocks of files with their source where the file system can: a change of one is none of the other. */
  clones?: boolean;
  /** Leaves out what has another name: whoever lists the copy by paths of text could not name it. */
  onlyUtf8Names?: boolean;
  /** Told from time to time. */
  onProgress?: (progress: CopyProgress) => void;
  /** Asked again and again while it copies; what it throws ends the copy. */
  assertWanted?: () => void | Promise<void>;
}

/** A copy waits for the disk and the threads that reach it. */
const FILES_AT_ONCE = 8;
/** More than a person reads. */
const MAX_NAMED = 20;
/** Holes take no disk but time: so many times what may be written is read. */
const MAX_READ_FACTOR = 4;
/** Of files with several names whose copy is remembered; what comes after them is copied for each name. */
const MAX_LINKED_FILES = 100_000;
/** Work between two questions whether the copy is still wanted; an entry counts as a block. */
const BYTES_PER_QUESTION = 64 * 1024 * 1024;

/**
 * Copies what is in a folder into another one, which must be there and which no agent can reach. Links are copied as
 * they are, holes stay holes and a file with several names is one file again, so that the copy takes no more than its
 * source. Pipes, sockets and devices, what lies too deep, what cannot be read and files larger than `maxBytes` are left
 * out and named.
 * @throws CspError `quota_exceeded` when the copy would take more than `maxBytes` or `maxEntries`; what was copied stays.
 * @throws a system error when it cannot be written, such as on a full disk.
 */
export async function copyTree(from: string | Folder, to: string, options: CopyTreeOptions = {}): Promise<CopiedTree> {
  const { maxBytes = Infinity, clones = false, onlyUtf8Names = false } = options;
  await using opened = new AsyncDisposableStack();
  const source = typeof from === 'string' ? opened.use(await openFolder(from)) : from;
  const target = opened.use(await openFolder(to));
  const result = { leftOut: [], leftOutCount: 0 };
  const counter = createCounter(options);
  const linked = new Map<string, string>();
  const work = { linking: createSerialQueue(), files: startFew(FILES_AT_ONCE) };
  const copy = { ...{ counter, maxBytes, result, root: target, clones, onlyUtf8Names, linked }, ...work };
  await copyContent({ source, target, names: [] }, copy);
  return result;
}

type EntryCounter = CopyCounter & { onEntry(): void };

function createCounter({
  maxBytes = Infinity,
  maxEntries = Infinity,
  assertWanted = () => undefined,
  onProgress,
}: CopyTreeOptions): EntryCounter {
  let read = 0;
  let written = 0;
  let entries = 0;
  let asked = 0;
  return {
    async onRead(bytes) {
      read += bytes;
      if (read > maxBytes * MAX_READ_FACTOR) throw toTooLarge(maxBytes);
      if (read + written - asked < BYTES_PER_QUESTION) return;
      asked = read + written;
      onProgress?.({ entries, bytes: written });
      await assertWanted();
    },
    onEntry() {
      entries += 1;
      if (entries > maxEntries) throw toTooMany(maxEntries);
    },
    onWrite(bytes) {
      written += bytes;
      if (written > maxBytes) throw toTooLarge(maxBytes);
    },
  };
}

function toTooLarge(maxBytes: number): CspError {
  const limit = `${Math.floor(maxBytes / (1024 * 1024))} MB`;
  return new CspError(
    'quota_exceeded',
    `The files of this session are more than the ${limit} that a session may have. Ask the agent to delete some, then try again`,
    { details: { limit_bytes: maxBytes } },
  );
}

function toTooMany(maxEntries: number): CspError {
  return new CspError('quota_exceeded', `There are more than ${maxEntries} files and folders in it`, {
    details: { limit_entries: maxEntries },
  });
}

interface Copy {
  counter: EntryCounter;
  maxBytes: number;
  /** Until the file system has said that it cannot. */
  clones: boolean;
  onlyUtf8Names: boolean;
  result: CopiedTree;
  /** Root folder of the copy. */
  root: Folder;
  /** Path of the copy of each file with several names, by the file's identity. */
  linked: Map<string, string>;
  /** Of files with several names. */
  linking: SerialQueue;
  /** That are being copied. */
  files: FewAtOnce;
}

interface Place {
  source: Folder;
  target: Folder;
  names: readonly FileName[];
}

async function copyContent({ source, target, names }: Place, copy: Copy): Promise<void> {
  const { counter, result, files } = copy;
  const leaveOut = (name: string) => {
    result.leftOutCount += 1;
    if (result.leftOut.length < MAX_NAMED) result.leftOut.push([...names, name].join('/'));
  };
  const copyEntry = async ({ name, exactName }: ExactEntry) => {
    const opened = await tryOpen(() => source.openFileWithStats(exactName));
    await using file = opened?.file;
    if (opened === undefined || file === undefined || opened.stats.size > copy.maxBytes) leaveOut(name);
    else await copyOpened(opened, { to: target.at(exactName), path: toPath(names, exactName) }, copy);
  };
  try {
    for await (const entry of source.list()) {
      const { name, exactName, kind } = entry;
      await counter.onRead(BLOCK_BYTES);
      counter.onEntry();
      if (copy.onlyUtf8Names && typeof exactName !== 'string') leaveOut(name);
      else if (kind === 'link') {
        const leadsTo = await tryOpen(() => readlink(source.at(exactName), 'buffer'));
        if (leadsTo === undefined) leaveOut(name);
        else await symlink(leadsTo, target.at(exactName));
      } else if (kind === 'file') await files.start(() => copyEntry(entry));
      else if (kind === 'folder' && names.length < MAX_DEPTH) {
        await using inner = await tryOpen(() => source.openFolder(exactName));
        if (inner === undefined) {
          leaveOut(name);
          continue;
        }
        counter.onWrite(BLOCK_BYTES);
        await mkdir(target.at(exactName), { mode: 0o700 });
        await using copied = await target.openFolder(exactName);
        await copyContent({ source: inner, target: copied, names: [...names, exactName] }, copy);
      } else leaveOut(name);
    }
    await files.finish();
  } finally {
    // They need the folders, which close behind this.
    await files[Symbol.asyncDispose]();
  }
}

/** Undefined where a part of it is not UTF-8. */
function toPath(names: readonly FileName[], name: FileName): string | undefined {
  const parts = [...names, name];
  return parts.every((part) => typeof part === 'string') ? parts.join('/') : undefined;
}

interface CopyPlace {
  to: FileName;
  /** From the root of the copy; undefined where a part of it is not UTF-8. */
  path: string | undefined;
}

/** From the file that was opened, whatever its name leads to by now; by another name of its copy where there is one. */
async function copyOpened(opened: OpenedFile, place: CopyPlace, copy: Copy): Promise<void> {
  if (opened.stats.nlink === 1n) return copyOne(opened, place.to, copy);
  // One after the other, so that each finds the copy of the one before.
  return copy.linking.run(() => copyLinked(opened, place, copy));
}

async function copyLinked(opened: OpenedFile, { to, path }: CopyPlace, copy: Copy): Promise<void> {
  const { root, linked } = copy;
  const { dev, ino, birthtimeNs } = opened.stats;
  // A number of a file that is gone may be given to another one.
  const identity = `${dev}:${ino}:${birthtimeNs}`;
  const first = linked.get(identity);
  // Where the file system takes no such path, or no more names, there is another copy.
  if (first !== undefined && (await tryOpen(async () => (await link(root.at(first), to), true)))) return;
  await copyOne(opened, to, copy);
  if (path !== undefined && linked.size < MAX_LINKED_FILES) linked.set(identity, path);
}

async function copyOne({ file, stats }: OpenedFile, to: FileName, copy: Copy): Promise<void> {
  const source = { file, mode: Number(stats.mode), size: Number(stats.size), blocks: Number(stats.blocks) };
  if (copy.clones) {
    if (await cloneFile(source, to, copy.counter)) return;
    copy.clones = false;
  }
  await copyFile(source, to, copy.counter);
}

/** Undefined for a file that was removed or replaced meanwhile, or that this user may not read. */
async function tryOpen<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isSystemError(error) && error.code !== 'EMFILE' && error.code !== 'ENFILE') return undefined;
    throw error;
  }
}
