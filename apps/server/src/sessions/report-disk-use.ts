import type { DiskAmount, DiskUseReport } from '@claude-sdk-pattern/protocol';

import type { DiskLimits } from '../workspaces/judge-disk.ts';
import type { SessionDeps } from './session-deps.ts';

/** More than people look through. */
const MAX_LISTED = 20;

/** What the files of all sessions of a user take, as last measured, and which of them take the most. */
export async function reportDiskUse(
  { store, disk, userDisk }: Pick<SessionDeps, 'disk' | 'userDisk'> & { store: Pick<SessionDeps['store'], 'diskUse'> },
  ownerId: string,
): Promise<DiskUseReport> {
  const [sum, largest] = await Promise.all([
    store.diskUse.sumOfUser(ownerId),
    store.diskUse.listLargest(ownerId, MAX_LISTED),
  ]);
  return {
    ...sum,
    ...{ limit: toAmount(userDisk), session_limit: toAmount(disk) },
    sessions: largest.map(({ id, title, bytes, entries }) => ({ session_id: id, title, bytes, entries })),
  };
}

function toAmount({ maxBytes, maxEntries }: DiskLimits): DiskAmount {
  return {
    bytes: maxBytes === Infinity ? null : maxBytes,
    entries: maxEntries === Infinity ? null : maxEntries,
  };
}
