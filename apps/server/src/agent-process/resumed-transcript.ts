import { lchownSync, linkSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { SessionDirs } from '../workspaces/session-dirs.ts';

/** The configuration directory that the SDK (0.3.330) makes for a resumed process, below the server's TMPDIR. */
const RESUME_DIR = /^claude-resume-/;

export function isResumeDir(path: string): boolean {
  return RESUME_DIR.test(basename(path));
}

/** Path of a hard link to the transcript that a resumed process writes. Neither the SDK nor the process removes it. */
export function toResumedTranscript(dirs: Pick<SessionDirs, 'config'>): string {
  return join(dirname(dirs.config), 'resumed.jsonl');
}

/**
 * Links the transcript of a resumed process, so that it can be read after the process has ended: the SDK then removes
 * the configuration directory, and a restarted server empties its TMPDIR. Call it before the process starts.
 * @throws Error when the configuration directory and the link are on different file systems.
 */
export function keepResumedTranscript(
  dirs: Pick<SessionDirs, 'config'>,
  options: { configDir: string; agentSessionId: string },
): void {
  const kept = toResumedTranscript(dirs);
  rmSync(kept, { force: true });
  if (!isResumeDir(options.configDir)) return;
  const projects = join(options.configDir, 'projects');
  for (const project of readdirSync(projects)) {
    const file = join(projects, project, `${options.agentSessionId}.jsonl`);
    linkSync(file, kept);
  }
}

/** Makes the agent's user the owner of the files that the SDK wrote for a resumed process. Call it before the start. */
export function giveResumeDir(configDir: string, owner: { uid: number; gid: number }): void {
  const names = readdirSync(configDir, { recursive: true, encoding: 'utf8' });
  for (const path of [configDir, ...names.map((name) => join(configDir, name))]) lchownSync(path, owner.uid, owner.gid);
}
