import { access, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { giveTree } from '../agent-files/give-tree.ts';

/** The folders of one session. The workspace holds people's work; the others can be made anew at any time. */
export interface SessionDirs {
  workspace: string;
  /** HOME of the agent process. */
  home: string;
  /** CLAUDE_CONFIG_DIR; its transcript is only a copy of what the store has. */
  config: string;
  /** TMPDIR. */
  tmp: string;
}

/**
 * Folders are named by the transcript's uuid, not by the session: a spare has its folders before a session claims it,
 * and what is mounted for a process cannot move. `linkWorkspace` makes them findable by the session's id.
 */
export function toSessionDirs(dataDir: string, agentSessionId: string): SessionDirs {
  const agent = join(dataDir, 'agents', agentSessionId);
  return {
    workspace: join(dataDir, 'workspaces', agentSessionId),
    home: join(agent, 'home'),
    config: join(agent, 'config'),
    tmp: join(agent, 'tmp'),
  };
}

/**
 * Makes the folders that are missing, closed to other users of the machine, and removes the CLI's own copies of
 * transcripts: the store is the truth, and the CLI refuses to begin a session of which it has a file (2.1.330). With an
 * owner they are that user's, also what another one has left in them.
 */
export async function prepareSessionDirs(dirs: SessionDirs, owner?: { uid: number; gid: number }): Promise<void> {
  await makeSessionDirs(dirs);
  await rm(join(dirs.config, 'projects'), { recursive: true, force: true });
  if (owner) await Promise.all(Object.values(dirs).map((dir: string) => giveTree(dir, owner)));
}

export async function makeSessionDirs(dirs: SessionDirs): Promise<void> {
  await Promise.all(Object.values(dirs).map((dir: string) => mkdir(dir, { recursive: true, mode: 0o700 })));
}

/** Makes `workspaces/SESSION` lead to the session's workspace, for people and programs that know only its id. */
export async function linkWorkspace(dataDir: string, sessionId: string, dirs: SessionDirs): Promise<void> {
  await mkdir(dirs.workspace, { recursive: true, mode: 0o700 });
  const link = join(dataDir, 'workspaces', sessionId);
  await rm(link, { force: true });
  await symlink(basename(dirs.workspace), link);
}

/** Whether nobody has put anything into the workspace yet. */
export async function isUnused(dirs: SessionDirs): Promise<boolean> {
  return (await readdir(dirs.workspace).catch(() => [])).length === 0;
}

/** Deletes the folders with all that is in them. */
export async function deleteSessionDirs(
  dataDir: string,
  session: { agentSessionId: string; id?: string },
): Promise<void> {
  if (session.id !== undefined) await rm(join(dataDir, 'workspaces', session.id), { force: true });
  await rm(toSessionDirs(dataDir, session.agentSessionId).workspace, { recursive: true, force: true });
  await rm(join(dataDir, 'agents', session.agentSessionId), { recursive: true, force: true });
}

/** Marks the folders of a spare, so that they are found when its server was killed before a session claimed it. */
export async function markSpare(dataDir: string, agentSessionId: string): Promise<void> {
  await mkdir(join(dataDir, 'agents', agentSessionId), { recursive: true, mode: 0o700 });
  await writeFile(toSpareMark(dataDir, agentSessionId), '');
}

/** The folders are a session's now. */
export async function unmarkSpare(dataDir: string, agentSessionId: string): Promise<void> {
  await rm(toSpareMark(dataDir, agentSessionId), { force: true });
}

export function isMarkedSpare(dataDir: string, agentSessionId: string): Promise<boolean> {
  return access(toSpareMark(dataDir, agentSessionId)).then(
    () => true,
    () => false,
  );
}

/** The marked folders, by their names; a session may have claimed one whose mark was still to be removed. */
export async function listMarkedSpares(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'agents')).catch(() => []);
  const isMarked = await Promise.all(names.map((name) => isMarkedSpare(dataDir, name)));
  return names.filter((_, index) => isMarked[index]);
}

function toSpareMark(dataDir: string, agentSessionId: string): string {
  return join(dataDir, 'agents', agentSessionId, 'spare');
}
