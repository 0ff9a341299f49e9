import { createReadStream } from 'node:fs';
import { readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';

import { openFolder, type Folder } from '../../agent-files/folder.ts';
import { refuseFile } from '../problem.ts';
import type { ContentWriter } from './content-writer.ts';

/** Each is looked up among all files. */
const MAX_LINKS = 1000;

interface CopyOptions {
  /** Names of folders and files that are left out wherever they are. */
  leaveOut?: readonly string[];
}

interface Link {
  path: string;
  /** Relative to the copied folder. */
  target: string;
}

/**
 * Copies a folder into the content of a plugin. A link to something in the folder becomes a copy of it; pipes, sockets,
 * devices, and links that lead out of it are refused.
 * @param to Where the copy writes: links are resolved there, never in the folder that somebody else may write.
 */
export async function copyFolder(
  from: string,
  to: string,
  options: CopyOptions & { writer: ContentWriter },
): Promise<void> {
  const { writer, leaveOut = [] } = options;
  const links: Link[] = [];
  await using folder = await openFolder(from);
  await copyEntries(folder, '.', { writer, links, leaveOut });
  await copyLinked(links, to, writer);
}

async function copyEntries(
  folder: Folder,
  at: string,
  copy: { writer: ContentWriter; links: Link[]; leaveOut: readonly string[] },
): Promise<void> {
  const { writer, links, leaveOut } = copy;
  for await (const { name, kind } of folder.list()) {
    if (leaveOut.includes(name)) continue;
    const path = posix.join(at, name);
    if (kind === 'folder') {
      await writer.addFolder(path);
      await using inner = await folder.openFolder(name);
      await copyEntries(inner, path, copy);
    } else if (kind === 'link') {
      if (links.length >= MAX_LINKS)
        throw refuseFile(path, `is one of more than ${MAX_LINKS} links`, 'Put copies of the files in their place');
      links.push({ path, target: resolveLink(path, await readlink(folder.at(name))) });
    } else {
      await using file = kind === 'file' ? await folder.openFile(name) : undefined;
      if (file === undefined) throw refuseFile(path, 'is no regular file', 'Take it out of the plugin');
      const isExecutable = ((await file.stat()).mode & 0o111) !== 0;
      await writer.addFile(path, file.createReadStream({ autoClose: false }), { isExecutable });
    }
  }
}

/** A link may lead to another one, so that it is tried again as long as others could be copied. */
async function copyLinked(links: readonly Link[], to: string, writer: ContentWriter): Promise<void> {
  let left = [...links];
  while (left.length > 0) {
    const waiting: Link[] = [];
    for (const link of left) {
      const found = writer.paths.filter((path) => path === link.target || path.startsWith(`${link.target}/`));
      if (found.length === 0) waiting.push(link);
      for (const path of found) {
        const copied = path === link.target ? link.path : posix.join(link.path, path.slice(link.target.length + 1));
        await writer.addFile(copied, createReadStream(join(to, path)));
      }
    }
    const [first] = waiting;
    if (first !== undefined && waiting.length === left.length)
      throw refuseFile(first.path, 'is a link that leads nowhere in the plugin', 'Put a copy of the file in its place');
    left = waiting;
  }
}

function resolveLink(path: string, target: string): string {
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  const isOutside = posix.isAbsolute(target) || resolved === '..' || resolved.startsWith('../');
  const isAround = resolved === '.' || path.startsWith(`${resolved}/`);
  if (isOutside || isAround)
    throw refuseFile(
      path,
      'is a link that leads out of the plugin or to a folder around it',
      'Put a copy of the file in its place',
    );
  return resolved.replace(/\/$/, '');
}
