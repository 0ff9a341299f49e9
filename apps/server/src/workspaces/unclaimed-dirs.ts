import { access, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { UNCLAIMED_MARK } from './session-dirs.ts';

/**
 * Marks folders that no session has: of a spare, of a fork that is being copied, of a session that is being deleted.
 * If the server is killed meanwhile, its next start finds them.
 */
export async function markUnclaimed(dataDir: string, agentSessionId: string): Promise<void> {
  await mkdir(join(dataDir, 'agents', agentSessionId), { recursive: true, mode: 0o700 });
  await writeFile(toMark(dataDir, agentSessionId), '');
}

/** The folders are a session's now. */
export async function unmarkUnclaimed(dataDir: string, agentSessionId: string): Promise<void> {
  await rm(toMark(dataDir, agentSessionId), { force: true });
}

export function isMarkedUnclaimed(dataDir: string, agentSessionId: string): Promise<boolean> {
  return access(toMark(dataDir, agentSessionId)).then(
    () => true,
    () => false,
  );
}

/**
 * The names of the marked folders. A killed server may have given one to a session before it removed the mark: look for
 * the session before you delete the folder.
 */
export async function listUnclaimed(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'agents')).catch(() => []);
  const isMarked = await Promise.all(names.map((name) => isMarkedUnclaimed(dataDir, name)));
  return names.filter((_, index) => isMarked[index]);
}

/** Folders of agents older than a moment that are not marked. */
export async function listUnmarkedHomes(dataDir: string, beforeMs: number): Promise<string[]> {
  const root = join(dataDir, 'agents');
  const found: string[] = [];
  for (const name of await readdir(root).catch(() => [])) {
    const { mtimeMs } = await stat(join(root, name)).catch(() => ({ mtimeMs: Infinity }));
    if (mtimeMs < beforeMs && !(await isMarkedUnclaimed(dataDir, name))) found.push(name);
  }
  return found;
}

function toMark(dataDir: string, agentSessionId: string): string {
  return join(dataDir, 'agents', agentSessionId, UNCLAIMED_MARK);
}
