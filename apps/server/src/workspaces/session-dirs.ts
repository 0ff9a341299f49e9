import { chmod, mkdir, readdir, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { isSystemError, openFolder } from '../agent-files/folder.ts';
import { giveTree } from '../agent-files/give-tree.ts';
import { removeTree } from '../lib/remove-tree.ts';

/** The folders of one session. The workspace has people's work; the others can be created again at any time. */
export interface SessionDirs {
  workspace: string;
  /** HOME of the agent process. */
  home: string;
  /** CLAUDE_CONFIG_DIR; its transcript is only a copy of what the store has. */
  config: string;
  /** TMPDIR. */
  tmp: string;
}

/** Where the folders of sessions are. */
export interface SessionRoots {
  /** Of this server. */
  dataDir: string;
  /** Where people's work is, for every server that shares it; undefined for the data directory. */
  sharedDir?: string | undefined;
  /** Of this server; where nothing is shared it does not matter. */
  nodeId?: string;
  /** What `place.id` in the shared folder holds. */
  place?: string | undefined;
}

/**
 * Folders are named by the transcript's uuid, not by the session: a spare has its folders before a session claims it,
 * and what is mounted for a process cannot move. `linkWorkspace` makes them findable by the session's id.
 */
export function toSessionDirs(dataDir: string, agentSessionId: string, sharedDir = dataDir): SessionDirs {
  const agent = join(dataDir, 'agents', agentSessionId);
  return {
    workspace: join(sharedDir, 'workspaces', agentSessionId),
    home: join(agent, 'home'),
    config: join(agent, 'config'),
    tmp: join(agent, 'tmp'),
  };
}

/** The folders of the MCP servers that run with the session's process: one for each, which the agent cannot read. */
export function toServersDir({ home }: Pick<SessionDirs, 'home'>): string {
  return join(dirname(home), 'servers');
}

/** The recorded states of the workspace, which go where it goes. No process of the session has it in its sandbox. */
export function toHistoryDir({ dataDir, sharedDir }: SessionRoots, agentSessionId: string): string {
  return sharedDir === undefined
    ? join(dataDir, 'agents', agentSessionId, 'history')
    : join(sharedDir, 'histories', agentSessionId);
}

/** Says which server was the last to lend the workspace what its repositories borrow. */
export function toLenderFile({ workspace }: Pick<SessionDirs, 'workspace'>): string {
  return `${workspace}.lender`;
}

/** Says that this server was. */
export function noteLender(dirs: Pick<SessionDirs, 'workspace'>, nodeId: string): Promise<void> {
  return writeFile(toLenderFile(dirs), `${nodeId}\n`, { mode: 0o600 });
}

/** Where a folder is prepared that is to be moved into a workspace: on the same disk, and in the sandbox of no process. */
export function toPlacingDir({ workspace }: Pick<SessionDirs, 'workspace'>): string {
  return `${workspace}.placing`;
}

/** Which instructions of its workspace the conversation has. No process of the session can write it. */
export function toToldFile({ home }: Pick<SessionDirs, 'home'>): string {
  return join(dirname(home), 'told-instructions');
}

/** What the server lends the session to read: objects of its repositories. The agent cannot write it, and finds it at the same path. */
export function toLentDir({ home }: Pick<SessionDirs, 'home'>): string {
  return join(dirname(home), 'lent');
}

/**
 * Creates missing folders, closed to other users of the machine. Removes the CLI's own copies of transcripts: the
 * store has them, and the CLI refuses to begin a session of which it has a file (2.1.330). With an owner, all of it
 * is given to that user.
 */
export async function prepareSessionDirs(dirs: SessionDirs, owner?: { uid: number; gid: number }): Promise<void> {
  await makeSessionDirs(dirs);
  await removeTree(join(dirs.config, 'projects'));
  if (owner) await Promise.all(Object.values(dirs).map((dir: string) => giveTree(dir, owner)));
}

/** Creates the folders of one of the session's MCP servers: its HOME, and its TMPDIR where it has no other. */
export async function prepareServerDirs(
  dirs: Pick<SessionDirs, 'home'>,
  server: string,
  owner?: { uid: number; gid: number },
): Promise<{ home: string; tmp: string }> {
  const [home, tmp] = [join(toServersDir(dirs), server, 'home'), join(toServersDir(dirs), server, 'tmp')];
  for (const dir of [home, tmp]) {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    if (owner) await giveTree(dir, owner);
  }
  return { home, tmp };
}

/** Creates the folder in which the servers of a plugin keep what lasts over sessions. */
export async function prepareDataDir(dir: string, owner?: { uid: number; gid: number }): Promise<void> {
  const made = await mkdir(dir, { recursive: true, mode: 0o700 });
  if (made !== undefined && owner) await giveTree(dir, owner);
}

/** Creates missing folders, and with an owner gives those to that user. */
export async function makeSessionDirs(dirs: SessionDirs, owner?: { uid: number; gid: number }): Promise<void> {
  await Promise.all(
    Object.values(dirs).map(async (dir: string) => {
      const made = await mkdir(dir, { recursive: true, mode: 0o700 });
      if (made !== undefined && owner) await giveTree(dir, owner);
    }),
  );
  // A process can only find in it what comes later if it is there when the process starts.
  await mkdir(toLentDir(dirs), { recursive: true });
  await chmod(toLentDir(dirs), 0o755);
}

/** Makes the session's id a name of its workspace, for people and programs that know only the id. */
export async function linkWorkspace(sessionId: string, dirs: Pick<SessionDirs, 'workspace'>): Promise<void> {
  await mkdir(dirs.workspace, { recursive: true, mode: 0o700 });
  const link = join(dirname(dirs.workspace), sessionId);
  await rm(link, { force: true });
  await symlink(basename(dirs.workspace), link);
}

/** Whether the workspace is still empty. */
export async function isUnused(dirs: SessionDirs): Promise<boolean> {
  try {
    await using folder = await openFolder(dirs.workspace);
    for await (const _ of folder.list()) return false;
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
  return true;
}

/** The file in the folder of an agent that marks it; see `markUnclaimed`. Named for the first that needed it. */
export const UNCLAIMED_MARK = 'spare';

/**
 * Deletes the folders with their content. The mark is last, so that an interrupted deletion continues
 * at the next start.
 */
export async function deleteSessionDirs(
  roots: SessionRoots,
  { agentSessionId, id }: { agentSessionId: string; id?: string },
): Promise<void> {
  const { dataDir, sharedDir } = roots;
  const dirs = toSessionDirs(dataDir, agentSessionId, sharedDir);
  if (id !== undefined) await rm(join(dirname(dirs.workspace), id), { force: true });
  for (const dir of [dirs.workspace, toPlacingDir(dirs), toHistoryDir(roots, agentSessionId)]) await removeTree(dir);
  await rm(toLenderFile(dirs), { force: true });
  const agent = join(dataDir, 'agents', agentSessionId);
  const entries = await readdir(agent).catch(() => []);
  for (const name of entries.filter((each) => each !== UNCLAIMED_MARK)) await removeTree(join(agent, name));
  await removeTree(agent);
}

/** Removes the links of sessions that lead to one of these workspaces. */
export async function unlinkWorkspaces(
  { dataDir, sharedDir = dataDir }: SessionRoots,
  agentSessionIds: ReadonlySet<string>,
): Promise<void> {
  const root = join(sharedDir, 'workspaces');
  const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
  for (const link of entries.filter((entry) => entry.isSymbolicLink())) {
    const path = join(root, link.name);
    if (agentSessionIds.has(await readlink(path))) await rm(path, { force: true });
  }
}
