import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, readlink, symlink, type FileHandle } from 'node:fs/promises';

import { isSystemError, MAX_DEPTH, openFolder, type Folder } from './folder.ts';

export interface CopiedTree {
  /** What could not be copied, from the folder with `/`: the first of them. */
  leftOut: string[];
  /** How many that were. */
  leftOutCount: number;
}

/** More than a person reads. */
const MAX_NAMED = 20;
/** Set-user-id and the like: the copy belongs to somebody else. */
const SPECIAL_BITS = 0o7000;

/**
 * Copies what is in a folder into another one, which must be there and which no agent can reach. Links are copied as
 * they are; pipes, sockets and devices, what lies too deep, what cannot be read and files beyond `maxBytes` together are
 * left out and named. A hole in a file counts: the copy may not have it.
 * @throws a system error when it cannot be written, such as on a full disk.
 */
export async function copyTree(from: string, to: string, { maxBytes = Infinity } = {}): Promise<CopiedTree> {
  const result = { leftOut: [], leftOutCount: 0, bytesLeft: maxBytes };
  await using source = await openFolder(from);
  await using target = await openFolder(to);
  await copyContent({ source, target, names: [] }, result);
  const { leftOut, leftOutCount } = result;
  return { leftOut, leftOutCount };
}

interface Progress extends CopiedTree {
  bytesLeft: number;
}

interface Place {
  source: Folder;
  target: Folder;
  names: readonly string[];
}

async function copyContent({ source, target, names }: Place, result: Progress): Promise<void> {
  const leaveOut = (name: string) => {
    result.leftOutCount += 1;
    if (result.leftOut.length < MAX_NAMED) result.leftOut.push([...names, name].join('/'));
  };
  for await (const { name, kind } of source.list()) {
    if (kind === 'link') await symlink(await readlink(source.at(name)), target.at(name));
    else if (kind === 'file') {
      await using file = await tryOpen(() => source.openFile(name));
      const size = (await file?.stat())?.size ?? Infinity;
      if (file === undefined || size > result.bytesLeft) leaveOut(name);
      else {
        result.bytesLeft -= size;
        await copyOpened(file, { from: source.at(name), to: target.at(name) });
      }
    } else if (kind === 'folder' && names.length < MAX_DEPTH) {
      await using inner = await tryOpen(() => source.openFolder(name));
      if (inner === undefined) {
        leaveOut(name);
        continue;
      }
      await mkdir(target.at(name), { mode: 0o700 });
      await using copied = await target.openFolder(name);
      await copyContent({ source: inner, target: copied, names: [...names, name] }, result);
    } else leaveOut(name);
  }
}

/** Undefined for what went away meanwhile, became something else, or is closed to us. */
async function tryOpen<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isSystemError(error) && error.code !== 'EMFILE' && error.code !== 'ENFILE') return undefined;
    throw error;
  }
}

/** By the system's own copy, from the file that was opened whatever its name leads to by now. */
async function copyOpened(file: FileHandle, paths: { from: string; to: string }): Promise<void> {
  const { mode } = await file.stat();
  const from = process.platform === 'linux' ? `/proc/self/fd/${file.fd}` : paths.from;
  await copyFile(from, paths.to, constants.COPYFILE_EXCL);
  if ((mode & SPECIAL_BITS) !== 0) await chmod(paths.to, mode & 0o777);
}
