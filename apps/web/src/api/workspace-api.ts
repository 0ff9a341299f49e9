import type {
  WorkspaceFile,
  WorkspaceFileList,
  WorkspaceStampList,
  WrittenWorkspaceFile,
} from '@claude-sdk-pattern/protocol';

import { toHref } from './base-path.ts';
import type { Requests } from './requests.ts';
import { upload, type UploadOptions } from './upload.ts';

/** The files of a session's workspace, as people see and change them. Paths are relative to it, with `/`. */
export interface WorkspaceApi {
  /** Files of the whole workspace, best match first. */
  find: (sessionId: string, query: string, signal: AbortSignal) => Promise<WorkspaceFileList>;
  /** A page of the entries of a folder; an empty path is the workspace itself. */
  list: (
    sessionId: string,
    folder: { path: string; limit: number; page?: string | null },
    signal: AbortSignal,
  ) => Promise<WorkspaceFileList>;
  /** What differs after a change of a file or folder, for up to 100 paths. */
  stamp: (sessionId: string, paths: readonly string[], signal: AbortSignal) => Promise<WorkspaceStampList>;
  read: (sessionId: string, path: string, signal: AbortSignal) => Promise<WorkspaceFile>;
  /** @param version that is replaced; null for a new file. Rejects with status 412 where there is another one. */
  write: (
    sessionId: string,
    file: { path: string; text: string; version: string | null },
  ) => Promise<WrittenWorkspaceFile>;
  /** As `write`, with any content. */
  upload: (
    sessionId: string,
    file: { path: string; content: Blob; version: string | null },
    options: UploadOptions,
  ) => Promise<WrittenWorkspaceFile>;
  /** A folder with all that is in it. */
  remove: (sessionId: string, path: string) => Promise<void>;
  /** Rejects with status 409 where the new name is taken. */
  move: (sessionId: string, from: string, to: string) => Promise<{ path: string }>;
  makeFolder: (sessionId: string, path: string) => Promise<{ path: string }>;
  /** Where a browser shows an image, or downloads a file. `stamp` makes another address of another content. */
  toContentHref: (sessionId: string, path: string, options?: { download?: boolean; stamp?: string }) => string;
  /** Where a browser downloads a folder as a .zip. */
  toArchiveHref: (sessionId: string, folder: string) => string;
}

export function createWorkspaceApi({ json, nothing, look, noteError }: Requests): WorkspaceApi {
  const at = (sessionId: string, what: string, query: Record<string, string> = {}) =>
    `/api/v1/sessions/${encodeURIComponent(sessionId)}/workspace/${what}?${new URLSearchParams(query).toString()}`;
  const toPrecondition = (version: string | null): Record<string, string> =>
    version === null ? { 'if-none-match': '*' } : { 'if-match': `"${version}"` };
  return {
    find: (id, query, signal) => look(at(id, 'files', query === '' ? {} : { query }), signal),
    list: (id, { path, limit, page }, signal) =>
      look(at(id, 'files', { folder: path, limit: String(limit), ...(page != null && { page }) }), signal),
    stamp: (id, paths, signal) =>
      look(`${at(id, 'stamps')}${new URLSearchParams(paths.map((path) => ['path', path])).toString()}`, signal),
    read: (id, path, signal) => look(at(id, 'file', { path }), signal),
    write: (id, { path, text, version }) =>
      json('PUT', at(id, 'file', { path }), { text }, undefined, toPrecondition(version)),
    async upload(id, { path, content, version }, options) {
      const headers = { ...toPrecondition(version), 'content-type': 'application/octet-stream' };
      try {
        return await upload<WrittenWorkspaceFile>(at(id, 'content', { path }), content, {
          ...options,
          ...{ method: 'PUT', headers },
        });
      } catch (error) {
        noteError(error);
        throw error;
      }
    },
    remove: (id, path) => nothing('DELETE', at(id, 'file', { path })),
    move: (id, from, to) => json('POST', at(id, 'move'), { from, to }),
    makeFolder: (id, path) => json('POST', at(id, 'folders'), { path }),
    toContentHref: (id, path, { download = false, stamp } = {}) =>
      toHref(at(id, 'content', { path, ...(download && { download: 'true' }), ...(stamp !== undefined && { stamp }) })),
    toArchiveHref: (id, folder) => toHref(at(id, 'archive', folder === '' ? {} : { folder })),
  };
}
