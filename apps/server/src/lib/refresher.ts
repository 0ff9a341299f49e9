import { shareNextRun } from './share-next-run.ts';

export interface RefresherOptions {
  everyMs: number;
  read(): Promise<void>;
  /** Told with the first of several failures. */
  onUnreadable(error: unknown): void;
}

/** Reads again and again what another server may have changed, one reading at a time. */
export interface Refresher {
  start(): void;
  /** Another server has changed something: resolves after a reading that began later than this call. Never rejects. */
  readNow(): Promise<void>;
  close(): void;
}

export function createRefresher({ everyMs, read, onUnreadable }: RefresherOptions): Refresher {
  let timer: NodeJS.Timeout | undefined;
  let isReading = false;
  let isUnreadable = false;

  const readNow = shareNextRun(async () => {
    isReading = true;
    try {
      await read();
      isUnreadable = false;
    } catch (error) {
      if (!isUnreadable) onUnreadable(error);
      isUnreadable = true;
    } finally {
      isReading = false;
    }
  });

  return {
    start() {
      // A slow database is asked once at a time.
      timer = setInterval(() => void (isReading || readNow()), everyMs).unref();
    },
    readNow,
    close: () => clearInterval(timer),
  };
}
