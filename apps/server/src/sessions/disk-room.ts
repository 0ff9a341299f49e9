import { CspError } from '@claude-sdk-pattern/protocol';

import type { Workspace } from '../workspaces/workspaces.ts';
import type { SessionDeps } from './session-deps.ts';

export interface DiskRoom {
  /** @throws CspError `quota_exceeded` where the files of the session would take more than they may */
  assertRoom(workspace: Workspace, bytes: number): Promise<void>;
}

/** Many files dropped at once are measured once. */
const FRESH_MS = 10_000;
/** A tree that takes longer is left to the watch of disk use. */
const MEASURE_MS = 5000;
const MAX_REMEMBERED = 500;
const MIB = 1024 * 1024;

/** Whether a session may write more by hand. */
export function createDiskRoom({ maxDiskBytes, clock }: Pick<SessionDeps, 'maxDiskBytes' | 'clock'>): DiskRoom {
  const measured = new Map<string, { at: number; bytes: number }>();

  const measure = async (workspace: Workspace): Promise<{ at: number; bytes: number }> => {
    const key = workspace.dirs.workspace;
    const known = measured.get(key);
    if (known !== undefined && clock.uptimeMs() - known.at < FRESH_MS) return known;
    if (measured.size >= MAX_REMEMBERED) measured.clear();
    const taken = await workspace.measure([], AbortSignal.timeout(MEASURE_MS));
    const fresh = { at: clock.uptimeMs(), bytes: taken?.bytes ?? 0 };
    measured.set(key, fresh);
    return fresh;
  };

  return {
    async assertRoom(workspace, bytes) {
      if (maxDiskBytes === Infinity) return;
      const taken = await measure(workspace);
      if (taken.bytes + bytes > maxDiskBytes) {
        const [used, most] = [taken.bytes, maxDiskBytes].map((each) => Math.ceil(each / MIB));
        throw new CspError(
          'quota_exceeded',
          `The files of this session take ${used} of ${most} MB, so that there is no room for this one. Delete some first`,
          { details: { limit_bytes: maxDiskBytes, bytes: taken.bytes } },
        );
      }
      taken.bytes += bytes;
    },
  };
}
