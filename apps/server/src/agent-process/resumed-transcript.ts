import { lchownSync, linkSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

import type { SessionDirs } from '../workspaces/session-dirs.ts';

/** The configuration directory that the SDK (0.3.330) makes for a resumed process, somewhere in the server's TMPDIR. */
const RESUME_DIR = /^claude-resume-/;

export function isResumeDir(path: string): boolean {
  return RESUME_DIR.test(basename(path));
}

/** A second name of the transcript that a resumed process writes, where neither the SDK nor the process reaches it. */
export function toResumedTranscript(dirs: Pick<SessionDirs, 'config'>): string {
  return join(dirname(dirs.config), 'resumed.jsonl');
}

/**
 * Keeps the transcript of a resumed process readable after its end: the SDK removes its directory as soon as it notices
 * that, and a restarted server empties the folder around it. To be called before the process is started.
 * @throws Error where the two are on different file systems.
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

/** Makes the agent's user the owner of what the SDK has written for a resumed process; before it is started. */
export function giveResumeDir(configDir: string, owner: { uid: number; gid: number }): void {
  const names = readdirSync(configDir, { recursive: true, encoding: 'utf8' });
  for (const path of [configDir, ...names.map((name) => join(configDir, name))]) lchownSync(path, owner.uid, owner.gid);
}
