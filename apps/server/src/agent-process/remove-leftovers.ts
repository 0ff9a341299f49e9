import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { isResumeDir, toResumedTranscript } from './resumed-transcript.ts';
import type { SessionDirs } from './session-dirs.ts';

/**
 * What the CLI (2.1.330) leaves in its configuration directory and never needs again: backups of its state, snapshots
 * of the shell's environment, the keys and sockets by which its processes find each other, logs and caches. Its
 * settings, its plugins and the copy of the transcript stay.
 */
const LEFT_IN_CONFIG = [
  'backups',
  'cache',
  'debug',
  'session-env',
  'sessions',
  'shell-snapshots',
  'statsig',
  'telemetry',
];
/** What it leaves in TMPDIR; what tools have put beside that stays. */
const LEFT_IN_TMP = /^(?:claude|cc)-/;

/**
 * Removes what an ended process has left behind in its folders. `configDir` is the one it had, if that was not the
 * session's own. Never rejects: what cannot be removed now is removed after the next process.
 */
export async function removeLeftovers(dirs: SessionDirs, configDir: string | undefined): Promise<void> {
  const temporary = (await readdir(dirs.tmp).catch(() => [])).filter((name) => LEFT_IN_TMP.test(name));
  const paths = [
    ...LEFT_IN_CONFIG.map((name) => join(dirs.config, name)),
    ...temporary.map((name) => join(dirs.tmp, name)),
    toResumedTranscript(dirs),
    ...(configDir !== undefined && isResumeDir(configDir) ? [configDir] : []),
  ];
  await Promise.allSettled(paths.map((path) => rm(path, { recursive: true, force: true })));
}
