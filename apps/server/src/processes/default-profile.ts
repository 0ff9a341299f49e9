import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { findDefaultProfile, type Profile } from './profile.ts';

/** The profile of sessions that name no agent and no environment, read again every few seconds. */
export interface DefaultProfile {
  readonly current: Profile;
  start(): void;
  /** Resolves when it is not read any more. */
  close(): Promise<void>;
}

const REFRESH_INTERVAL_MS = 5000;

export async function openDefaultProfile(
  store: Pick<Store, 'agents' | 'environments'>,
  logger: Logger,
): Promise<DefaultProfile> {
  let current = await findDefaultProfile(store);
  let timer: NodeJS.Timeout | undefined;
  let refreshing: Promise<void> = Promise.resolve();

  const refresh = async (): Promise<void> => {
    try {
      current = await findDefaultProfile(store);
    } catch (error) {
      logger.warn({ err: error }, 'the default agent could not be read; spares are kept as they were');
    }
  };

  return {
    get current() {
      return current;
    },
    start() {
      timer = setInterval(() => {
        refreshing = refresh();
      }, REFRESH_INTERVAL_MS).unref();
    },
    async close() {
      clearInterval(timer);
      await refreshing;
    },
  };
}
