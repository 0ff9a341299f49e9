import { open, type FileHandle } from 'node:fs/promises';

/** Makes commits survive a power cut without holding the event loop: many of them share one write to the disk. */
export interface WriteAheadSync {
  /** Resolves when all that was committed before this call is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * For a database in WAL mode with `synchronous=NORMAL`, where a commit only appends to the `-wal` file: flushes that file
 * in the thread pool. SQLite itself flushes it before every checkpoint, so what this has flushed is never lost.
 */
export function createWriteAheadSync(databasePath: string): WriteAheadSync {
  let handle: Promise<FileHandle> | undefined;
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const flush = async (): Promise<void> => {
    handle ??= open(`${databasePath}-wal`, 'r');
    try {
      await (await handle).datasync();
    } catch (error) {
      // The next one tries with a fresh handle.
      handle = undefined;
      throw error;
    }
  };

  const run = (): Promise<void> => {
    running = flush().finally(() => {
      running = undefined;
    });
    return running;
  };

  return {
    sync() {
      // A flush that has begun may miss the newest commit; all who come meanwhile share the one after it.
      if (running === undefined) return run();
      next ??= running.then(
        () => {
          next = undefined;
          return run();
        },
        () => {
          next = undefined;
          return run();
        },
      );
      return next;
    },
    async close() {
      await (await handle)?.close();
    },
  };
}
