import type { LocalFolderResource } from '@claude-sdk-pattern/protocol/v1';

import type { CopyProgress } from '../../agent-files/copy-tree.ts';
import type { OpeningProgress } from '../repositories/mirror.ts';
import type { SessionDirs } from '../session-dirs.ts';

/** How far a folder is. */
export type FolderProgress = OpeningProgress | ({ phase: 'copying' } & CopyProgress);

export interface FolderRequest extends Pick<LocalFolderResource, 'path' | 'checkout'> {
  /** The folder that was granted: the same, or one that contains it. No link below it is followed. */
  rootPath: string;
  dirs: SessionDirs;
  /** Names the mount in the folders of the session; a file name. */
  resourceId: string;
  /** Relative to the workspace; empty for the workspace itself. */
  mountPath: string;
  /** Whose commits the agent makes. */
  author: { name: string; email: string } | undefined;
  signal: AbortSignal;
  onProgress(progress: FolderProgress): void;
}

export interface OpenedFolder {
  commit: string | null;
  branch: string | null;
  /** What people should know, as sentences. */
  remarks: string[];
}
