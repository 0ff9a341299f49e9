import { CspError, type WorkspaceEntry, type WorkspaceFileList } from '@claude-sdk-pattern/protocol';
import { z } from 'zod';

import type { FolderEntry } from '../../agent-files/folder.ts';
import type { ListedFolder } from '../../agent-files/list-folder.ts';
import type { WorkspaceFiles } from '../../workspaces/workspace-files.ts';

/** Where an agent puts what it makes for people, as in the Managed Agents API. */
export const OUTPUTS = 'outputs';
/** More than anybody looks through. */
const MAX_OUTPUTS = 1000;
const MAX_FOLDERS = 100;

const cursor = z.tuple([z.enum(['file', 'folder', 'link', 'other']), z.string()]);

/** @throws CspError `invalid_request` */
export function toFolderCursor(page: string | undefined): FolderEntry | undefined {
  if (page === undefined) return undefined;
  try {
    const [kind, name] = cursor.parse(JSON.parse(Buffer.from(page, 'base64url').toString()));
    return { kind, name };
  } catch {
    throw new CspError('invalid_request', 'This page is none that this server has made', {
      details: { field: 'page' },
    });
  }
}

export function toFolderPage(listed: ListedFolder & { path: string }): WorkspaceFileList {
  const last = listed.entries.at(-1);
  return {
    data: toEntries(listed),
    truncated: listed.cut,
    next_page:
      listed.hasMore && last !== undefined
        ? Buffer.from(JSON.stringify([last.listedAs, last.name])).toString('base64url')
        : null,
  };
}

function toEntries({ entries, path }: ListedFolder & { path: string }): WorkspaceEntry[] {
  return entries.map(({ name, kind, sizeBytes, modifiedAt }) => ({
    path: path === '' ? name : `${path}/${name}`,
    kind,
    size_bytes: sizeBytes,
    modified_at: modifiedAt?.toISOString() ?? null,
  }));
}

/** The files below the folder of outputs, newest first. */
export async function toOutputs(files: Pick<WorkspaceFiles, 'list'>): Promise<WorkspaceFileList> {
  const data: WorkspaceEntry[] = [];
  const folders = [OUTPUTS];
  let truncated = false;
  for (let at = 0; at < folders.length; at += 1) {
    const listed = await files.list(folders[at] ?? OUTPUTS, { after: undefined, limit: MAX_OUTPUTS });
    const entries = listed === undefined ? [] : toEntries(listed);
    truncated ||= listed?.hasMore === true || listed?.cut === true;
    data.push(...entries.filter(({ kind }) => kind === 'file'));
    folders.push(...entries.filter(({ kind }) => kind === 'folder').map(({ path }) => path));
    if (folders.length > MAX_FOLDERS || data.length > MAX_OUTPUTS) {
      truncated = true;
      break;
    }
  }
  const newest = data.toSorted((a, b) => ((a.modified_at ?? '') < (b.modified_at ?? '') ? 1 : -1));
  return { data: newest.slice(0, MAX_OUTPUTS), truncated, next_page: null };
}
