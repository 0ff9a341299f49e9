import { constants } from 'node:fs';
import { link, mkdir, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isSystemError, openFolder, type Folder } from '../../agent-files/folder.ts';
import { readWhole } from '../../agent-files/read-whole.ts';
import { toLentDir, type SessionDirs } from '../session-dirs.ts';

const MAX_ALTERNATES_BYTES = 64 * 1024;

/** Lends a fork what its source has borrowed: by other names of the same files, which take no disk. */
export async function lendToFork(from: SessionDirs, to: SessionDirs): Promise<void> {
  await linkTree(toLentDir(from), toLentDir(to));
}

async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o755 });
  for (const entry of await readdir(from, { withFileTypes: true }).catch(() => [])) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(source, target);
    else await link(source, target);
  }
}

/**
 * Has repositories borrow from the folder of their own session on this server: those of a fork, which are copies, and those that another
 * server has opened, in a data directory of another name. Those that are no repository any more stay as they are; no link is
 * followed out of the workspace.
 * @param mountPaths relative to the workspace; empty for the workspace itself
 */
export async function borrowFromOwn(mountPaths: readonly string[], from: SessionDirs, to: SessionDirs): Promise<void> {
  for (const mountPath of mountPaths) {
    const path = [...mountPath.split('/').filter((part) => part !== ''), '.git', 'objects', 'info'];
    try {
      await using workspace = await openFolder(to.workspace);
      await rewrite(workspace, path, (text) => replaceLent(text, from, to));
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }
}

/** What is lent to a session is in a folder with the same end on every server. */
function replaceLent(text: string, from: SessionDirs, to: SessionDirs): string {
  const lent = toLentDir(from);
  const end = `/${[dirname(dirname(lent)), dirname(lent), lent].map((path) => basename(path)).join('/')}/`;
  const replace = (line: string) => {
    const at = line.startsWith('/') ? line.lastIndexOf(end) : -1;
    return at === -1 ? line : `${toLentDir(to)}/${line.slice(at + end.length)}`;
  };
  return text.split('\n').map(replace).join('\n');
}

async function rewrite(
  folder: Folder,
  [part, ...rest]: readonly string[],
  change: (text: string) => string,
): Promise<void> {
  if (part !== undefined) {
    await using inner = await folder.openFolder(part);
    return await rewrite(inner, rest, change);
  }
  // Opened once, and without waiting: an agent may put a pipe in its place at any moment.
  await using file = await open(
    folder.at('alternates'),
    constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY,
  );
  const found = await file.stat();
  if (!found.isFile() || found.size > MAX_ALTERNATES_BYTES) return;
  const text = (await readWhole(file, found.size))?.toString() ?? '';
  const changed = change(text);
  if (changed === text) return;
  await file.truncate(0);
  await file.write(changed, 0);
}
