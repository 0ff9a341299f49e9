/** What files take, or may take at most; null for no limit. */
export interface DiskAmount {
  bytes: number | null;
  /** Files, folders and whatever else has a name. */
  entries: number | null;
}

export interface SessionDiskUse {
  session_id: string;
  title: string | null;
  bytes: number;
  entries: number;
}

/** GET /api/v1/disk-use: what the files of all sessions of a person take. */
export interface DiskUseReport {
  bytes: number;
  entries: number;
  /** What they may take together. */
  limit: DiskAmount;
  /** What one session may take. */
  session_limit: DiskAmount;
  /** Those that take the most, at most 20, largest first. */
  sessions: SessionDiskUse[];
}
