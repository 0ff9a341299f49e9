export interface RefresherOptions {
  everyMs: number;
  read(): Promise<void>;
  /** Told with the first of several failures. */
  onUnreadable(error: unknown): void;
}

/** Reads again and again what another server may have changed, one reading at a time. */
export interface Refresher {
  start(): void;
  close(): void;
}

export function createRefresher({ everyMs, read, onUnreadable }: RefresherOptions): Refresher {
  let timer: NodeJS.Timeout | undefined;
  let isReading = false;
  let isUnreadable = false;

  async function refresh(): Promise<void> {
    // A slow database is asked once at a time.
    if (isReading) return;
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
  }

  return {
    start() {
      timer = setInterval(() => void refresh(), everyMs).unref();
    },
    close: () => clearInterval(timer),
  };
}
