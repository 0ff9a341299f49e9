import type { FolderMode } from './v1/session-resources.ts';

export type FolderRole = 'user' | 'operator' | 'admin';

/** A folder of the machine below which sessions may work. */
export interface FolderRootResource {
  type: 'folder_root';
  id: string;
  /** Absolute, without links. */
  path: string;
  label: string;
  /** Whose sessions may use it. */
  roles: readonly FolderRole[];
  modes: readonly FolderMode[];
  /** Why the server that answers cannot use it, such as a disk that is not there; null where it can. */
  problem: string | null;
  created_at: string;
  updated_at: string;
}

/** A part of the folders in a folder that was granted. */
export interface FolderRootListing {
  type: 'folder_root_listing';
  /** Absolute, without links. */
  path: string;
  /** Whether git knows it, so that the mode `worktree` fits. */
  is_repository: boolean;
  /** By their names; those that begin with a dot are left out. */
  folders: readonly { name: string; is_repository: boolean }[];
  /** There are more than are listed. */
  truncated: boolean;
}

/** A session works in a folder of the server itself; no other one may. */
export interface FolderLeaseResource {
  type: 'folder_lease';
  /** Of the resource of the session. */
  id: string;
  path: string;
  session_id: string;
  /** Null for sessions of others. */
  session_title: string | null;
  owner: { id: string; name: string | null };
  taken_at: string;
}
