import { lchown, mkdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import { copyTree, type CopyProgress } from '../../agent-files/copy-tree.ts';
import { giveTree } from '../../agent-files/give-tree.ts';
import { openFolderPath } from '../../agent-files/open-path.ts';
import { removeTree } from '../../lib/remove-tree.ts';
import type { SandboxGit } from '../git/sandbox-git.ts';
import { placeTree } from '../repositories/place-tree.ts';
import { toLentDir } from '../session-dirs.ts';
import { checkOutFolder } from './check-out-folder.ts';
import type { FolderRequest, OpenedFolder } from './folder-request.ts';
import { linkFolder, unlinkFolder, type FolderLink } from './link-folder.ts';
import { findWriteProblem } from './find-write-problem.ts';

export interface LocalFoldersDeps {
  sandboxGit: SandboxGit;
  /** Owner of what agents write, where that is not the server's own user. */
  agentUser: { uid: number; gid: number } | undefined;
  /** What a copy may take; `Infinity` for no limit. */
  maxBytes: number;
}

/** Brings folders of the machine into workspaces. */
export interface LocalFolders {
  /** @throws CspError `invalid_request`, `quota_exceeded`, `state_conflict` for a mount path that is taken */
  copy(request: FolderRequest): Promise<OpenedFolder>;
  /** The commit of a git repository, with its history and without a way back to it. @throws CspError as `copy` */
  checkOut(request: FolderRequest): Promise<OpenedFolder>;
  /** Why an agent could not work in the folder itself; undefined where it could. */
  findWriteProblem(path: string): Promise<string | undefined>;
  /** Another text for another folder of the same path. @throws CspError `invalid_request` for what is not there */
  identify(path: string): Promise<string>;
  /** Makes the link by which the agent finds the folder; does nothing where it is. @throws CspError `state_conflict` */
  link(link: FolderLink): Promise<void>;
  /** Removes that link, and nothing else. */
  unlink(link: FolderLink): Promise<void>;
}

/** More takes minutes, and no tool of an agent is quick in it. */
const MAX_ENTRIES = 500_000;
const MIB = 1024 * 1024;

export function createLocalFolders({ sandboxGit, agentUser, maxBytes }: LocalFoldersDeps): LocalFolders {
  /** In a folder beside those of the agent, on the disk of the workspace. */
  const place = async (
    { dirs, resourceId, mountPath }: FolderRequest,
    fill: (dir: string) => Promise<OpenedFolder>,
  ): Promise<OpenedFolder> => {
    const dir = join(dirname(toLentDir(dirs)), `folder-${resourceId}`);
    // Of a server that was killed.
    await removeTree(dir);
    try {
      await mkdir(dir, { mode: 0o755 });
      const filled = await fill(dir);
      await placeTree(dir, { workspaceDir: dirs.workspace, mountPath, owner: agentUser });
      return filled;
    } finally {
      await removeTree(dir);
    }
  };

  return {
    copy: (request) =>
      place(request, async (dir) => {
        const { path, rootPath, signal, onProgress } = request;
        await using source = await openFolderPath(rootPath, relative(rootPath, path));
        if (source === undefined) throw toGone(path);
        onProgress({ phase: 'copying', entries: 0, bytes: 0 });
        const options = { maxBytes, maxEntries: MAX_ENTRIES, clones: true, onProgress: onCopied };
        const copied = await copyTree(source.folder, dir, {
          ...options,
          assertWanted: () => signal.throwIfAborted(),
        }).catch((error: unknown) => {
          throw toTooMuch(path, error, maxBytes);
        });
        if (agentUser) await giveTree(dir, agentUser);
        return { commit: null, branch: null, remarks: toRemarks(copied) };

        function onCopied(progress: CopyProgress) {
          onProgress({ phase: 'copying', ...progress });
        }
      }),
    checkOut: (request) =>
      place(request, async (dir) => {
        if (agentUser) await lchown(dir, agentUser.uid, agentUser.gid);
        return checkOutFolder(sandboxGit, dir, { ...request, maxBytes });
      }),
    findWriteProblem: (path) => findWriteProblem(path, agentUser),
    async identify(path) {
      const { dev, ino } = await stat(path, { bigint: true }).catch(() => {
        throw toGone(path);
      });
      return `${dev}:${ino}`;
    },
    link: (link) => linkFolder(link, agentUser),
    unlink: unlinkFolder,
  };
}

function toGone(path: string): CspError {
  return new CspError(
    'invalid_request',
    `The folder ${path} is not there any more, or cannot be read. Put it back, or remove it from the session`,
  );
}

function toTooMuch(path: string, error: unknown, maxBytes: number): unknown {
  if (!(error instanceof CspError) || error.code !== 'quota_exceeded') return error;
  const limit =
    error.details?.['limit_entries'] === undefined
      ? `${Math.floor(maxBytes / MIB)} MB that a session may have`
      : `${MAX_ENTRIES} files and folders that are copied`;
  return new CspError(
    'quota_exceeded',
    `The folder ${path} cannot be copied: it has more than the ${limit}. Choose a folder in it, or another mode`,
    { details: error.details ?? {} },
  );
}

function toRemarks({ leftOut, leftOutCount }: { leftOut: readonly string[]; leftOutCount: number }): string[] {
  if (leftOutCount === 0) return [];
  const more = leftOutCount > leftOut.length ? `, and ${leftOutCount - leftOut.length} more` : '';
  return [
    `Not copied, because they are pipes, sockets or devices, cannot be read, or are too large: ${leftOut.join(', ')}${more}.`,
  ];
}
