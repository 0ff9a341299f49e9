import type {
  FolderLeaseResource,
  FolderRole,
  FolderRootListing,
  FolderRootResource,
  Page,
} from '@claude-sdk-pattern/protocol';
import type { FolderMode } from '@claude-sdk-pattern/protocol/v1';

import type { Requests } from './requests.ts';

export interface FolderSettings {
  label: string;
  roles: readonly FolderRole[];
  modes: readonly FolderMode[];
}

/** Folders of the server: which sessions may use, what is in them, and which session has one for itself. */
export interface FolderApi {
  listRoots: () => Promise<Page<FolderRootResource>>;
  /** @param path below the granted folder; empty for itself */
  browse: (id: string, path: string) => Promise<FolderRootListing>;
  grant: (root: FolderSettings & { path: string }) => Promise<FolderRootResource>;
  change: (id: string, change: FolderSettings) => Promise<FolderRootResource>;
  remove: (id: string) => Promise<void>;
  listLeases: () => Promise<Page<FolderLeaseResource>>;
  release: (id: string) => Promise<void>;
}

export function createFolderApi({ json, nothing }: Requests): FolderApi {
  const toPath = (id: string) => `/api/v1/folder-roots/${encodeURIComponent(id)}`;
  return {
    listRoots: () => json('GET', '/api/v1/folder-roots'),
    browse: (id, path) => json('GET', `${toPath(id)}/folders?${new URLSearchParams({ path }).toString()}`),
    grant: (root) => json('POST', '/api/v1/folder-roots', root),
    change: (id, change) => json('PATCH', toPath(id), change),
    remove: (id) => nothing('DELETE', toPath(id)),
    listLeases: () => json('GET', '/api/v1/folder-leases'),
    release: (id) => nothing('DELETE', `/api/v1/folder-leases/${encodeURIComponent(id)}`),
  };
}
