import { lstat, mkdir, open, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { copyFile, type CopyCounter } from '../agent-files/copy-file.ts';
import { copyTree } from '../agent-files/copy-tree.ts';
import { linkWorkspace, toSessionDirs } from '../workspaces/session-dirs.ts';
import type { Manifest } from './manifest.ts';

/**
 * What of the data directory and of the folder that servers share no backup has: what the database dump replaces, what the next start
 * makes anew, the keys, and the ids of this server and of the folder: a restored server beside the first one must have others.
 */
const NOT_COPIED =
  /^(?:csp\.db.*|secrets\.key.*|node\.id|place\.id|server\.lock.*|run|tmp|tmp-left|agents|histories|restore\.partial|lost\+found|.*\.part)$/;
/** What rows of the database name is copied by them. */
const FILES = 'files';
const WORKSPACES = 'workspaces';
/** Read before and behind the moment of the snapshot. */
const AUDIT_HEAD = 'audit-head.json';
const USAGE_SPOOL = 'usage-spool.jsonl';

const MAX_NAMED = 20;

export interface DataCopy {
  from: string;
  /** Where uploads and workspaces are, if not in `from`. */
  sharedDir?: string | undefined;
  to: string;
  signal: AbortSignal;
  leftOut: Manifest['left_out'];
}

/** What must not be newer than the rows: how far the audit log reached. Call it before the snapshot. */
export async function copyAuditHead({ from, to }: Pick<DataCopy, 'from' | 'to'>): Promise<void> {
  const content = await readIfThere(join(from, AUDIT_HEAD));
  if (content !== undefined) await writeFile(join(to, AUDIT_HEAD), content, { mode: 0o600 });
}

/**
 * What model calls have used and the database may not have yet. A call stands in the file for 100 ms at least: one that the
 * snapshot lacks is in one of two copies, made right before and right behind it. Those that it has are not stored twice.
 */
export function readUsageSpool(dataDir: string): Promise<Buffer | undefined> {
  return readIfThere(join(dataDir, USAGE_SPOOL));
}

export async function writeUsageSpool(to: string, copies: readonly (Buffer | undefined)[]): Promise<void> {
  const content = copies.flatMap((copy) => (copy === undefined ? [] : [copy, Buffer.from('\n')]));
  if (content.length > 0) await writeFile(join(to, USAGE_SPOOL), Buffer.concat(content), { mode: 0o600 });
}

/**
 * Copies what people uploaded. An upload is stored in the order name, row, last name: so it may still have its first name.
 * @returns the ids of those that were deleted since the snapshot
 */
export async function copyUploads(copy: DataCopy, ids: AsyncIterable<string>): Promise<string[]> {
  const deleted: string[] = [];
  await mkdir(join(copy.to, FILES), { mode: 0o700 });
  for await (const id of ids) {
    copy.signal.throwIfAborted();
    const source = join(copy.sharedDir ?? copy.from, FILES, id);
    const target = join(copy.to, FILES, id);
    // Renamed between the first two looks, it is found by the third.
    const isCopied =
      (await copyOne(source, target)) || (await copyOne(`${source}.part`, target)) || (await copyOne(source, target));
    if (!isCopied) deleted.push(id);
  }
  return deleted;
}

/** Copies the workspaces of sessions; spares and deleted sessions leave theirs out. */
export async function copyWorkspaces(
  copy: DataCopy,
  sessions: AsyncIterable<readonly [id: string, agentSessionId: string]>,
): Promise<void> {
  await mkdir(join(copy.to, WORKSPACES), { mode: 0o700 });
  for await (const [id, agentSessionId] of sessions) {
    if (await copyFolder(copy, join(WORKSPACES, agentSessionId), copy.sharedDir))
      await linkWorkspace(id, toSessionDirs(copy.to, agentSessionId));
  }
}

/** Copies everything else that is in the data directory, or in the folder that servers share, and belongs in a backup, whoever put it there. */
export async function copyRest(copy: DataCopy): Promise<void> {
  const known = new Set([FILES, WORKSPACES, AUDIT_HEAD, USAGE_SPOOL]);
  for (const dir of copy.sharedDir === undefined ? [copy.from] : [copy.sharedDir, copy.from]) {
    for (const name of await readdir(dir)) {
      if (known.has(name) || NOT_COPIED.test(name)) continue;
      // What both have is of the folder that is used.
      known.add(name);
      const stat = await lstat(join(dir, name)).catch(() => undefined);
      if (stat?.isDirectory()) await copyFolder(copy, name, dir);
      else if (stat?.isFile()) await copyOne(join(dir, name), join(copy.to, name));
      else leaveOut(copy, [name], 1);
    }
  }
}

/** What of a backup goes into the folder that servers share. */
export const SHARED_NAMES: readonly string[] = [FILES, WORKSPACES];

/** False when there is none. */
async function copyFolder(copy: DataCopy, path: string, dir = copy.from): Promise<boolean> {
  copy.signal.throwIfAborted();
  const from = join(dir, path);
  if (!(await lstat(from).catch(() => undefined))?.isDirectory()) return false;
  await mkdir(join(copy.to, path), { mode: 0o700 });
  const assertWanted = () => copy.signal.throwIfAborted();
  const { leftOut, leftOutCount } = await copyTree(from, join(copy.to, path), { assertWanted, onlyUtf8Names: true });
  leaveOut(
    copy,
    leftOut.map((each) => join(path, each)),
    leftOutCount,
  );
  return true;
}

function leaveOut({ leftOut }: DataCopy, paths: readonly string[], count: number): void {
  leftOut.count += count;
  leftOut.paths.push(...paths.slice(0, MAX_NAMED - leftOut.paths.length));
}

const UNBOUNDED: CopyCounter = { onRead: () => Promise.resolve(), onWrite: () => undefined };

/** False when there is none. Under its own name the copy is whole. */
async function copyOne(from: string, to: string): Promise<boolean> {
  const source = await open(from, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (source === undefined) return false;
  await using file = source;
  const { mode, size } = await file.stat();
  await copyFile({ file, mode, size }, `${to}.copy`, UNBOUNDED);
  await rename(`${to}.copy`, to);
  return true;
}

function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}
