import type { PluginSet } from '../plugins/plugin-set.ts';
import type { Logger } from '../telemetry/logger.ts';
import { findDefaultProfile, type Profile, type ProfileDeps } from './profile.ts';

/** The profile of sessions that name no agent and no environment, read again every few seconds and when plugins change. */
export interface DefaultProfile {
  readonly current: Profile;
  start(): void;
  /** Resolves when it is not read any more. */
  close(): Promise<void>;
}

const REFRESH_INTERVAL_MS = 5000;

export async function openDefaultProfile(
  deps: ProfileDeps & { plugins: PluginSet },
  logger: Logger,
): Promise<DefaultProfile> {
  let current = await findDefaultProfile(deps);
  let timer: NodeJS.Timeout | undefined;
  let refreshing: Promise<void> = Promise.resolve();
  let stopListening = (): unknown => undefined;

  const refresh = async (): Promise<void> => {
    try {
      current = await findDefaultProfile(deps);
    } catch (error) {
      logger.warn({ err: error }, 'the default agent could not be read; spares are kept as they were');
    }
  };

  return {
    get current() {
      return current;
    },
    start() {
      const refreshNow = () => {
        refreshing = refresh();
      };
      timer = setInterval(refreshNow, REFRESH_INTERVAL_MS).unref();
      // Spares for the plugins of before are of no use any more.
      stopListening = deps.plugins.onChanged(refreshNow);
    },
    async close() {
      stopListening();
      clearInterval(timer);
      await refreshing;
    },
  };
}
