import { join } from 'node:path';

import { CspError } from '@claude-sdk-pattern/protocol';

import { copyTree, type CopiedTree, type CopyTreeOptions } from '../agent-files/copy-tree.ts';
import { moveContent } from '../agent-files/move-content.ts';
import { measureFolders, type MeasuredFolders } from '../agent-files/measure-folders.ts';
import { borrowFromOwn, lendToFork } from './repositories/lend-to-fork.ts';
import {
  deleteSessionDirs,
  isUnused,
  linkWorkspace,
  makeSessionDirs,
  toHistoryDir,
  noteLender,
  toLenderFile,
  toServersDir,
  toSessionDirs,
  unlinkWorkspaces,
  type SessionDirs,
  type SessionRoots,
} from './session-dirs.ts';
import { createWorkspaceFiles, type WorkspaceFiles } from './workspace-files.ts';
import { removeTree } from '../lib/remove-tree.ts';
import { PLACE_FILE } from '../data-dir/shared-dir.ts';
import { readIfThere } from '../data-dir/make-once.ts';
import { listUnmarkedHomes } from './unclaimed-dirs.ts';
import { isMarkedUnclaimed, listUnclaimed, markUnclaimed, unmarkUnclaimed } from './unclaimed-dirs.ts';

/** The folders of all sessions of this server. Nothing outside of this room touches the files in them. */
export interface Workspaces {
  /** The folders that a transcript names. They may not exist yet: this looks at nothing. */
  of(agentSessionId: string): Workspace;
  /** The agent session ids whose folders are marked as unclaimed. A session may have claimed them all the same. */
  listUnclaimed(): Promise<string[]>;
  /** Removes the links of sessions that lead to these folders. */
  unlink(agentSessionIds: ReadonlySet<string>): Promise<void>;
  /** @throws CspError `storage_unavailable` where the disk that servers share is not there */
  assertThere(): Promise<void>;
  /** The agent session ids of which this server has home folders that nobody has marked and that are older than a moment (milliseconds since 1970). */
  listHomes(beforeMs: number): Promise<string[]>;
  /** Removes the home folders of a session that is gone, and nothing that servers share. */
  removeHome(agentSessionId: string): Promise<void>;
}

/** The folders of one session, of a spare, or of a fork that is being made. */
export interface Workspace {
  readonly dirs: SessionDirs;
  /** The recorded states of the workspace; may not exist. */
  readonly historyDir: string;
  /** For people: what is in the workspace, and what they change in it by hand. */
  readonly files: WorkspaceFiles;
  /** See `Workspaces.assertThere`. */
  assertThere(): Promise<void>;
  /** Makes the folders, if they are missing. */
  make(): Promise<void>;
  /** Moves in what is in another workspace, except for names that are taken. */
  moveIn(source: Workspace): Promise<void>;
  /** Whether the workspace is still empty, and nobody holds it. */
  isUnused(): Promise<boolean>;
  /**
   * Makes the folders where they are not there, and keeps the session from taking others in their place. `onDelete` ends what works
   * in them: a deletion waits for it.
   * @param owner of what agents write, where that is not the server's own user
   */
  hold(onDelete: () => Promise<void>, owner?: FolderOwner): Promise<Disposable>;
  /**
   * Makes the folders and fills the workspace with a copy of another one, in which the repositories at these paths borrow what theirs borrow.
   * @throws as `copyTree` does.
   */
  copyFrom(source: Workspace, options: CopyTreeOptions & { repositories?: readonly string[] }): Promise<CopiedTree>;
  /** What the folders take on disk, with others beside them; undefined when it was aborted. */
  measure(beside: readonly string[], signal: AbortSignal): Promise<MeasuredFolders | undefined>;
  /** Whether another server was the last to lend the workspace what its repositories borrow. */
  isFromElsewhere(): Promise<boolean>;
  /** From now on it was this one. */
  noteHere(): Promise<void>;
  /** Ends what `hold` was told of. */
  endHolders(): Promise<void>;
  /** Links the session's id to the workspace, for people and programs that know only the id. */
  link(sessionId: string): Promise<void>;
  /** Marks the folders as unclaimed. If this server is killed, its next start removes them. */
  mark(): Promise<void>;
  /** The folders are a session's from now on; its name leads to them. */
  claim(sessionId: string): Promise<void>;
  /** Removes the mark from folders that a session has. */
  claimIfMarked(sessionId: string): Promise<void>;
  /** Deletes the folders, and the link of the session that had them. */
  delete(sessionId?: string): Promise<void>;
}

interface FolderOwner {
  uid: number;
  gid: number;
}

const NOT_THERE =
  'The disk with the files of sessions, which servers share, is not there, so nothing of this was stored. Ask an operator to mount it';

/** Workspaces in local folders of the data directory, or in those that servers share. */
export function createWorkspaces(roots: SessionRoots): Workspaces {
  const { dataDir, sharedDir, place } = roots;
  const assertThere = async (): Promise<void> => {
    if (sharedDir === undefined || place === undefined) return;
    const found = await readIfThere(join(sharedDir, PLACE_FILE)).catch(() => undefined);
    if (found !== place) throw new CspError('storage_unavailable', NOT_THERE);
  };
  const holds = new Map<string, Set<() => Promise<void>>>();
  const open = (agentSessionId: string): Workspace => {
    const dirs = toSessionDirs(dataDir, agentSessionId, sharedDir);
    const historyDir = toHistoryDir(roots, agentSessionId);
    const workspace: Workspace = {
      ...{ dirs, historyDir, assertThere },
      files: createWorkspaceFiles(dirs.workspace),
      make: () => makeSessionDirs(dirs),
      moveIn: (source) => moveContent(source.dirs.workspace, dirs.workspace),
      isUnused: async () => !holds.has(agentSessionId) && isUnused(dirs),
      async hold(onDelete, owner) {
        const held = holds.get(agentSessionId) ?? new Set();
        holds.set(agentSessionId, held.add(onDelete));
        const release = () => {
          held.delete(onDelete);
          if (held.size === 0 && holds.get(agentSessionId) === held) holds.delete(agentSessionId);
        };
        try {
          await makeSessionDirs(dirs, owner);
        } catch (error) {
          release();
          throw error;
        }
        return { [Symbol.dispose]: release };
      },
      async copyFrom(source, options) {
        await makeSessionDirs(dirs);
        // A source without a workspace has never had a process.
        if (await source.isUnused()) return { leftOut: [], leftOutCount: 0 };
        const copied = await copyTree(source.dirs.workspace, dirs.workspace, options);
        await lendToFork(source.dirs, dirs);
        await borrowFromOwn(options.repositories ?? [], source.dirs, dirs);
        return copied;
      },
      measure: (beside, signal) =>
        measureFolders(
          [...new Set<string>([...Object.values(dirs), toServersDir(dirs), historyDir, ...beside])],
          signal,
          { countEntries: true },
        ),
      async isFromElsewhere() {
        if (sharedDir === undefined || roots.nodeId === undefined) return false;
        return (await readIfThere(toLenderFile(dirs))) !== roots.nodeId;
      },
      noteHere: () => noteLender(dirs, roots.nodeId ?? ''),
      async endHolders() {
        await Promise.all([...(holds.get(agentSessionId) ?? [])].map((end) => end()));
      },
      link: (sessionId) => linkWorkspace(sessionId, dirs),
      mark: () => markUnclaimed(dataDir, agentSessionId),
      async claim(sessionId) {
        await workspace.link(sessionId);
        await unmarkUnclaimed(dataDir, agentSessionId);
      },
      async claimIfMarked(sessionId) {
        if (await isMarkedUnclaimed(dataDir, agentSessionId)) await workspace.claim(sessionId);
      },
      async delete(sessionId) {
        await workspace.endHolders();
        await deleteSessionDirs(roots, { agentSessionId, ...(sessionId !== undefined && { id: sessionId }) });
      },
    };
    return workspace;
  };
  return {
    of: open,
    listUnclaimed: () => listUnclaimed(dataDir),
    unlink: (agentSessionIds) => unlinkWorkspaces(roots, agentSessionIds),
    assertThere,
    listHomes: (beforeMs) => listUnmarkedHomes(dataDir, beforeMs),
    removeHome: (agentSessionId) => removeTree(join(dataDir, 'agents', agentSessionId)),
  };
}
