import type { OverviewResource } from '@claude-sdk-pattern/protocol';

import type { Logger } from '../telemetry/logger.ts';
import type { ReadOverview } from './overview.ts';

/** Tells all who watch how the server is. */
export interface OverviewBoard {
  /** Calls back at once and every 2 s, at once too when something was stopped or lifted. Returns the unsubscriber. */
  watch(listener: (overview: OverviewResource) => void): () => void;
  close(): void;
}

export interface OverviewBoardDeps {
  read: ReadOverview;
  /** Something has happened that operators want to see now. Returns the unsubscriber. */
  onNews(listener: () => void): () => void;
  logger: Pick<Logger, 'warn'>;
}

const EVERY_MS = 2000;

/** Reads once for all; while nobody watches, not at all. */
export function createOverviewBoard({ read, onNews, logger }: OverviewBoardDeps): OverviewBoard {
  const listeners = new Set<(overview: OverviewResource) => void>();
  let timer: NodeJS.Timeout | undefined;
  let isReading = false;

  const tell = async (told: Iterable<(overview: OverviewResource) => void>, options?: { isUrgent: boolean }) => {
    try {
      const overview = await read(options);
      for (const listener of told) if (listeners.has(listener)) listener(overview);
    } catch (error) {
      logger.warn({ err: error }, 'the overview could not be read');
    }
  };
  const tick = async () => {
    // A slow database is asked once at a time.
    if (isReading || listeners.size === 0) return;
    isReading = true;
    await tell(listeners);
    isReading = false;
  };
  const offNews = onNews(() => {
    if (listeners.size > 0) void tell(listeners, { isUrgent: true });
  });

  return {
    watch(listener) {
      listeners.add(listener);
      timer ??= setInterval(() => void tick(), EVERY_MS).unref();
      void tell([listener]);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
    close() {
      clearInterval(timer);
      offNews();
      listeners.clear();
    },
  };
}
