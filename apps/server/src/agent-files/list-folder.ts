import { lstat } from 'node:fs/promises';

import type { EntryKind, Folder, FolderEntry } from './folder.ts';

export interface ListedEntry {
  name: string;
  kind: EntryKind;
  /** The kind by which it stands in the order; another one for what cannot be looked at. */
  listedAs: EntryKind;
  /** Of a file. */
  sizeBytes: number | null;
  modifiedAt: Date | null;
}

export interface ListedFolder {
  entries: ListedEntry[];
  /** There are more entries behind these. */
  hasMore: boolean;
  /** The folder has more entries than are read; which of them are missing is up to the file system. */
  cut: boolean;
}

/** More than anybody looks through; reading so many takes about 0.2 s, in which the server does other work. */
const MAX_ENTRIES = 50_000;
/** Entries looked at together. */
const WIDTH = 32;

/**
 * A part of a folder's entries, folders first and then by name. Nothing is opened and no link is followed. An entry whose
 * name is not UTF-8 cannot be addressed and is of kind `other`.
 * @param after the last entry of the part before
 */
export async function listFolder(
  folder: Folder,
  { after, limit }: { after: FolderEntry | undefined; limit: number },
): Promise<ListedFolder> {
  const found: FolderEntry[] = [];
  let cut = false;
  for await (const entry of folder.list()) {
    if (found.length === MAX_ENTRIES) {
      cut = true;
      break;
    }
    found.push(entry);
  }
  const rest = found.toSorted(compare).filter((entry) => after === undefined || compare(entry, after) > 0);
  const entries: ListedEntry[] = [];
  for (let at = 0; at < Math.min(limit, rest.length); at += WIDTH) {
    const part = rest.slice(at, Math.min(at + WIDTH, limit));
    entries.push(...(await Promise.all(part.map((entry) => look(folder, entry)))));
  }
  return { entries, hasMore: rest.length > limit, cut };
}

function compare(a: FolderEntry, b: FolderEntry): number {
  const isFolder = Number(b.kind === 'folder') - Number(a.kind === 'folder');
  if (isFolder !== 0) return isFolder;
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

async function look(folder: Folder, { name, kind }: FolderEntry): Promise<ListedEntry> {
  // Gone meanwhile, or a name that this process cannot write.
  const stats = await lstat(folder.at(name)).catch(() => undefined);
  if (stats === undefined) return { name, kind: 'other', listedAs: kind, sizeBytes: null, modifiedAt: null };
  return { name, kind, listedAs: kind, sizeBytes: kind === 'file' ? stats.size : null, modifiedAt: stats.mtime };
}
