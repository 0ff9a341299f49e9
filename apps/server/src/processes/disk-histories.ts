import { makeRoom } from '../lib/make-room.ts';
import { NO_DISK_HISTORY, type DiskHistory } from '../workspaces/judge-disk.ts';

/** What is remembered of the disk use of sessions, by session id. It outlives their processes. */
export interface DiskHistories {
  /** How many sessions something is remembered of. */
  readonly size: number;
  find(sessionId: string): DiskHistory;
  note(sessionId: string, history: DiskHistory): void;
  forget(sessionId: string): void;
}

/** When full, the session that was noted longest ago is forgotten, and may be stopped once more for the same files. */
const MAX_SESSIONS = 10_000;

/** Remembers only sessions that were stopped or could not be read, since every other one has no history. */
export function createDiskHistories(): DiskHistories {
  const histories = new Map<string, DiskHistory>();
  return {
    get size() {
      return histories.size;
    },
    find: (sessionId) => histories.get(sessionId) ?? NO_DISK_HISTORY,
    note(sessionId, history) {
      histories.delete(sessionId);
      const { stoppedAt, wasClosed } = history;
      if (stoppedAt.bytes === 0 && stoppedAt.entries === 0 && !wasClosed) return;
      makeRoom(histories, MAX_SESSIONS);
      histories.set(sessionId, history);
    },
    forget: (sessionId) => void histories.delete(sessionId),
  };
}
