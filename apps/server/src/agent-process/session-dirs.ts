import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

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

export function toSessionDirs(dataDir: string, sessionId: string): SessionDirs {
  const agent = join(dataDir, 'agents', sessionId);
  return {
    workspace: join(dataDir, 'workspaces', sessionId),
    home: join(agent, 'home'),
    config: join(agent, 'config'),
    tmp: join(agent, 'tmp'),
  };
}

/**
 * Makes the folders that are missing, closed to other users of the machine, and removes the CLI's own copies of
 * transcripts: the store is the truth, and the CLI refuses to begin a session of which it has a file (2.1.330).
 */
export async function prepareSessionDirs(dirs: SessionDirs): Promise<void> {
  await makeSessionDirs(dirs);
  await rm(join(dirs.config, 'projects'), { recursive: true, force: true });
}

export async function makeSessionDirs(dirs: SessionDirs): Promise<void> {
  await Promise.all(Object.values(dirs).map((dir: string) => mkdir(dir, { recursive: true, mode: 0o700 })));
}

/** Deletes the folders with all that is in them. */
export async function deleteSessionDirs(dataDir: string, sessionId: string): Promise<void> {
  const { workspace } = toSessionDirs(dataDir, sessionId);
  await rm(workspace, { recursive: true, force: true });
  await rm(join(dataDir, 'agents', sessionId), { recursive: true, force: true });
}
