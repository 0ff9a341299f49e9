import { CspError } from '@claude-sdk-pattern/protocol';

import type { DiskUse } from '../store/disk-use.ts';
import type { DiskLimits } from '../workspaces/judge-disk.ts';
import type { Workspace } from '../workspaces/workspaces.ts';
import type { SessionDeps } from './session-deps.ts';

export interface DiskRoom {
  /** Counts it as if it were written. @throws CspError `quota_exceeded` where the session, or all of its owner, would take more than they may */
  assertRoom(session: { id: string; ownerId: string }, workspace: Workspace, bytes: number): Promise<void>;
}

export interface DiskRoomDeps extends Pick<SessionDeps, 'disk' | 'userDisk' | 'placeId' | 'clock'> {
  store: { diskUse: Pick<SessionDeps['store']['diskUse'], 'note' | 'sumOfUser'> };
}

/** Many files dropped at once are measured once. */
const FRESH_MS = 10_000;
/** A tree that takes longer is left to the watch of disk use. */
const MEASURE_MS = 5000;
const MAX_REMEMBERED = 500;
const MIB = 1024 * 1024;

/** Whether a session may write more by hand. */
export function createDiskRoom({ disk, userDisk, store, placeId, clock }: DiskRoomDeps): DiskRoom {
  const measured = new Map<string, DiskUse & { at: number }>();

  const remember = async (key: string, measure: () => Promise<DiskUse>): Promise<DiskUse> => {
    const known = measured.get(key);
    if (known !== undefined && clock.uptimeMs() - known.at < FRESH_MS) return known;
    if (measured.size >= MAX_REMEMBERED) measured.clear();
    const { bytes, entries } = await measure();
    const fresh = { at: clock.uptimeMs(), bytes, entries };
    measured.set(key, fresh);
    return fresh;
  };

  return {
    async assertRoom({ id, ownerId }, workspace, bytes) {
      if ([disk, userDisk].every((each) => each.maxBytes === Infinity && each.maxEntries === Infinity)) return;
      const taken = await remember(`session ${workspace.dirs.workspace}`, async () => {
        const now = await workspace.measure([], AbortSignal.timeout(MEASURE_MS));
        if (now?.uncounted === 'nothing') await store.diskUse.note({ id, placeId }, now);
        return now ?? { bytes: 0, entries: 0 };
      });
      const all = await remember(`user ${ownerId}`, () => store.diskUse.sumOfUser(ownerId));
      assertFits(taken, { limits: disk, bytes, whose: 'this session' });
      assertFits(all, { limits: userDisk, bytes, whose: "all sessions of this session's owner" });
      for (const each of [taken, all]) {
        each.bytes += bytes;
        each.entries += 1;
      }
    },
  };
}

/** @throws CspError `quota_exceeded` where so many bytes more, in one more file, are above the limits */
export function assertFits(
  taken: DiskUse,
  { limits, bytes, entries = 1, whose }: { limits: DiskLimits; bytes: number; entries?: number; whose: string },
): void {
  const details = { limit_bytes: limits.maxBytes, bytes: taken.bytes };
  if (taken.bytes + bytes > limits.maxBytes) {
    const [used, most] = [taken.bytes, limits.maxBytes].map((each) => Math.ceil(each / MIB));
    const text = `The files of ${whose} take ${used} of ${most} MB, so that there is no room for this. Delete some first`;
    throw new CspError('quota_exceeded', text, { details });
  }
  if (taken.entries + entries <= limits.maxEntries) return;
  const text = `The files and folders of ${whose} are ${taken.entries} of ${limits.maxEntries}, so that there is no room for this. Delete some first`;
  throw new CspError('quota_exceeded', text, {
    details: { limit_entries: limits.maxEntries, entries: taken.entries },
  });
}
