import { rmSync, symlinkSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import type { TranscriptRepository } from '../store/transcripts.ts';
import { adoptLocalTranscript } from './adopt-local-transcript.ts';
import type { SessionDirs } from './session-dirs.ts';

/** The configuration directory that the SDK (0.3.330) makes for a resumed process; it stays when the process was killed. */
const RESUME_DIR = /^claude-resume-/;
/** Beside the session's own directories, where its processes cannot write: whose a resume directory is cannot be forged. */
const RECORD = 'resumed';

export function isResumeDir(path: string): boolean {
  return RESUME_DIR.test(basename(path));
}

/** Notes which directory a resumed process has, so that its transcript can be taken over after the server was killed. */
export function recordResumeDir(dirs: SessionDirs, configDir: string): void {
  const record = toRecord(dirs);
  rmSync(record, { force: true });
  if (isResumeDir(configDir)) symlinkSync(configDir, record);
}

/**
 * Takes over what resumed processes of a dead server had written to their transcripts and not mirrored. Only once they
 * have ended, and before `tempDir`, where the SDK made their directories, is emptied.
 */
export async function adoptResumeDirs(
  transcripts: Pick<TranscriptRepository, 'append'>,
  options: { dataDir: string; tempDir: string },
): Promise<void> {
  const left = (await readdir(options.tempDir).catch(() => [])).filter((name) => RESUME_DIR.test(name));
  if (left.length === 0) return;
  const agents = join(options.dataDir, 'agents');
  for (const agentSessionId of await readdir(agents).catch(() => [])) {
    const config = await readlink(join(agents, agentSessionId, RECORD)).catch(() => undefined);
    if (config === undefined || !left.includes(basename(config))) continue;
    await adoptLocalTranscript(transcripts, { dirs: { config }, agentSessionId });
  }
}

function toRecord(dirs: SessionDirs): string {
  return join(dirname(dirs.config), RECORD);
}
