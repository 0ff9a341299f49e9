import { join } from 'node:path';

import { openFolder } from '../agent-files/folder.ts';
import { removeTree } from '../lib/remove-tree.ts';
import { isResumeDir, toResumedTranscript } from './resumed-transcript.ts';
import type { SessionDirs } from '../workspaces/session-dirs.ts';

/**
 * Files that the CLI (2.1.330) leaves in its configuration directory and never needs again: backups of its state,
 * snapshots of the shell's environment, keys and sockets by which its processes find each other, logs and caches. Its
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
/** Names of the CLI's own files in TMPDIR; files of tools stay there. */
const LEFT_IN_TMP = /^(?:claude|cc)-/;
/** More files than the CLI leaves. The rest is removed after the next process. */
const MAX_LEFT_IN_TMP = 1000;

/**
 * Removes the files that the CLI left in the folders of an ended process. `configDir` is the process's own, if it was
 * not the session's. Never rejects: what cannot be removed now is removed after the next process.
 */
export async function removeLeftovers(dirs: SessionDirs, configDir: string | undefined): Promise<void> {
  const temporary = await listLeftInTmp(dirs).catch(() => []);
  const paths = [
    ...LEFT_IN_CONFIG.map((name) => join(dirs.config, name)),
    ...temporary.map((name) => join(dirs.tmp, name)),
    toResumedTranscript(dirs),
    ...(configDir !== undefined && isResumeDir(configDir) ? [configDir] : []),
  ];
  await Promise.allSettled(paths.map(removeTree));
}

async function listLeftInTmp(dirs: SessionDirs): Promise<string[]> {
  const names: string[] = [];
  await using tmp = await openFolder(dirs.tmp);
  for await (const { name } of tmp.list()) {
    if (LEFT_IN_TMP.test(name)) names.push(name);
    if (names.length === MAX_LEFT_IN_TMP) break;
  }
  return names;
}
