/** Error codes of the store. The code that converts them to protocol errors decides on `retryable`. */
export type StoreErrorCode =
  /** The database cannot be opened: wrong path, permissions, address, password. */
  | 'cannot_open'
  /** The database was open and cannot be reached now. */
  | 'unavailable'
  /** The database was migrated by a newer version of this software. */
  | 'newer_schema'
  | 'migration_failed'
  | 'disk_full'
  /** Another process has locked the database, or a deadlock was resolved; the same call can succeed later. */
  | 'busy'
  /** The file is damaged or is not a database. */
  | 'corrupt'
  /** A row with this key exists, or a row has changed since it was read. */
  | 'conflict'
  | 'not_found'
  /** The writer lost its lease: another one owns the session now. */
  | 'stale_fence'
  | 'invalid_cursor'
  /** A value that a column cannot hold, such as U+0000 in plain text. */
  | 'invalid_value'
  /** The store was used where only its transaction may be. */
  | 'misuse'
  | 'failed';

/** Every error that the store throws on purpose. `cause` is the driver's own error, where there is one. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** Thrown when a write carries the fence of a lease that has a new owner; the writer must stop serving the session. */
export class StaleFenceError extends StoreError {
  override readonly name = 'StaleFenceError';
  readonly sessionId: string;
  readonly fence: number;
  readonly currentFence: number;

  constructor(sessionId: string, fence: number, currentFence: number) {
    super(
      'stale_fence',
      `Session ${sessionId} is at fence ${currentFence}; a write with fence ${fence} was refused. Stop serving it here.`,
    );
    this.sessionId = sessionId;
    this.fence = fence;
    this.currentFence = currentFence;
  }
}

/** Whether an unknown error is a store error with this code. */
export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && (code === undefined || error.code === code);
}
