import type { MeasuredFolders } from '../agent-files/measure-folders.ts';
import type { DiskUse } from '../store/disk-use.ts';

/** Disk use of a session; `unnamedBytes` are deleted files that its processes hold open until they stop. */
export interface TakenDisk extends MeasuredFolders {
  unnamedBytes?: number;
}

/** What folders may take; Infinity without a limit. */
export interface DiskLimits {
  maxBytes: number;
  maxEntries: number;
}

/** State of a session kept between measurements. */
export interface DiskHistory {
  /** Size of the folders when the session was last stopped over a limit. */
  stoppedAt: DiskUse;
  /** Whether the last measuring found a folder that could not be read. */
  wasClosed: boolean;
}

export type DiskStop = 'big' | 'many' | 'closed' | 'late';

export const NO_DISK_USE: DiskUse = { bytes: 0, entries: 0 };
export const NO_DISK_HISTORY: DiskHistory = { stoppedAt: NO_DISK_USE, wasClosed: false };

/**
 * Whether a session is to be stopped for what its folders take. Over a limit it is stopped when they have grown since
 * it was stopped last, so that the next message may tidy up, or when deleted files alone are over it. What cannot be measured counts as over the limit; a folder
 * may be closed at one measuring, as tests of programs close one for a moment.
 */
export function judgeDisk(
  { bytes, entries, uncounted, unnamedBytes = 0 }: TakenDisk,
  { history, maxBytes, maxEntries }: { history: DiskHistory } & DiskLimits,
): { stop: DiskStop | undefined; history: DiskHistory } {
  const isBig = bytes + unnamedBytes > maxBytes;
  const isMany = entries > maxEntries;
  const isWhole = uncounted === 'nothing';
  const stoppedAt = {
    bytes: !isBig && isWhole ? 0 : history.stoppedAt.bytes,
    entries: !isMany && isWhole ? 0 : history.stoppedAt.entries,
  };
  if (isBig && (bytes > stoppedAt.bytes || unnamedBytes > maxBytes))
    return { stop: 'big', history: { stoppedAt: { bytes, entries: stoppedAt.entries }, wasClosed: false } };
  if (isMany && entries > stoppedAt.entries)
    return { stop: 'many', history: { stoppedAt: { bytes: stoppedAt.bytes, entries }, wasClosed: false } };
  if (uncounted === 'late') return { stop: 'late', history: { stoppedAt, wasClosed: false } };
  const isClosed = uncounted === 'closed';
  if (isClosed && history.wasClosed) return { stop: 'closed', history: { stoppedAt, wasClosed: false } };
  return { stop: undefined, history: { stoppedAt, wasClosed: isClosed } };
}

/** What a session may grow while its user is over a limit: the agent's own files grow with each message, also one that asks it to tidy up. */
const MAX_GROWTH: DiskUse = { bytes: 16 * 1024 * 1024, entries: 1000 };

/**
 * Whether a session is to be stopped because all sessions of its user together take too much. That ends only those that grow: from
 * `baseline`, the least that the session has had since the user is over the limit.
 * @param before what the session had at the measuring before
 */
export function judgeUserDisk(
  { session, user }: { session: DiskUse; user: DiskUse },
  { baseline, before, maxBytes, maxEntries }: { baseline: DiskUse | undefined; before: DiskUse } & DiskLimits,
): { stop: 'big_of_user' | 'many_of_user' | undefined; baseline: DiskUse | undefined } {
  const isBig = user.bytes > maxBytes;
  const isMany = user.entries > maxEntries;
  if (!isBig && !isMany) return { stop: undefined, baseline: undefined };
  const from = baseline ?? before;
  const stop =
    isBig && session.bytes > from.bytes + MAX_GROWTH.bytes
      ? 'big_of_user'
      : isMany && session.entries > from.entries + MAX_GROWTH.entries
        ? 'many_of_user'
        : undefined;
  if (stop !== undefined) return { stop, baseline: session };
  return {
    stop,
    baseline: { bytes: Math.min(from.bytes, session.bytes), entries: Math.min(from.entries, session.entries) },
  };
}

/** From this share of a limit on people are told, and again once it was below the other one. */
const WARN_SHARE = 0.8;
const CALM_SHARE = 0.7;

/** Whether somebody is to be told that a limit is near; `wasTold` says whether they were. */
export function judgeNearness(taken: number, max: number, wasTold: boolean): { tell: boolean; wasTold: boolean } {
  const share = taken / max;
  const isNear = share >= WARN_SHARE && share <= 1;
  return { tell: isNear && !wasTold, wasTold: share > 1 || isNear || (wasTold && share >= CALM_SHARE) };
}
