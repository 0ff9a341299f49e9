import type { MeasuredFolders } from '../agent-files/measure-folders.ts';

/** Disk use of a session; `unnamedBytes` are deleted files that its processes hold open until they stop. */
export interface TakenDisk extends MeasuredFolders {
  unnamedBytes?: number;
}

/** State of a session kept between measurements. */
export interface DiskHistory {
  /** Size of the folders when the session was last stopped over the disk limit. */
  stoppedAtBytes: number;
  /** Whether the last measuring found a folder that could not be read. */
  wasClosed: boolean;
}

export const NO_DISK_HISTORY: DiskHistory = { stoppedAtBytes: 0, wasClosed: false };

/**
 * Whether a session is to be stopped for what its folders take. Over the limit it is stopped when they have grown since
 * it was stopped last, so that the next message may tidy up, or when deleted files alone are over it. What cannot be measured counts as over the limit; a folder
 * may be closed at one measuring, as tests of programs close one for a moment.
 */
export function judgeDisk(
  { bytes, uncounted, unnamedBytes = 0 }: TakenDisk,
  { history, maxBytes }: { history: DiskHistory; maxBytes: number },
): { stop: 'big' | 'closed' | 'late' | undefined; history: DiskHistory } {
  const isOver = bytes + unnamedBytes > maxBytes;
  const stoppedAtBytes = !isOver && uncounted === 'nothing' ? 0 : history.stoppedAtBytes;
  const isClosed = uncounted === 'closed';
  if (isOver && (bytes > stoppedAtBytes || unnamedBytes > maxBytes)) {
    return { stop: 'big', history: { stoppedAtBytes: bytes, wasClosed: false } };
  }
  if (uncounted === 'late') return { stop: 'late', history: { stoppedAtBytes, wasClosed: false } };
  if (isClosed && history.wasClosed) return { stop: 'closed', history: { stoppedAtBytes, wasClosed: false } };
  return { stop: undefined, history: { stoppedAtBytes, wasClosed: isClosed } };
}
