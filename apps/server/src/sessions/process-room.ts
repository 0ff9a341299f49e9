import type { UptimeClock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { LiveSession } from './live-session.ts';

/** Who gives up its process when others need the place. */
export interface ProcessRoom {
  /** Gives up the process of the session that has been idle for longest. False when there is none. */
  make(): boolean;
  /** Gives up the process of a session that has not used it for a minute; false when there is none. */
  giveUpLongIdle(): boolean;
  /** Sessions that are on the way to give up their processes. */
  readonly making: number;
  /** How many sessions have held a process for a minute without using it. */
  readonly longIdle: number;
  /** Whether a session holds a process that it does not use. */
  readonly hasIdle: boolean;
}

export interface ProcessRoomDeps {
  served: { readonly all: readonly LiveSession[] };
  clock: UptimeClock;
  logger: Logger;
  /** A session has given up its process, or kept it after all because work came: others may be asked now. */
  onSettled(): void;
}

/** A process that nobody has used for this long may go for a spare. */
const LONG_IDLE_MS = 60_000;

export function createProcessRoom({ served, clock, logger, onSettled }: ProcessRoomDeps): ProcessRoom {
  const making = new Set<LiveSession>();

  const listIdle = () =>
    served.all.filter((live) => live.idleSinceMs !== undefined && live.process.state === 'live' && !making.has(live));
  const findLongestIdle = () => listIdle().toSorted((a, b) => (a.idleSinceMs ?? 0) - (b.idleSinceMs ?? 0))[0];
  const isLongIdle = ({ idleSinceMs }: LiveSession) =>
    idleSinceMs !== undefined && clock.uptimeMs() - idleSinceMs > LONG_IDLE_MS;

  const hibernate = (live: LiveSession) => {
    making.add(live);
    live.tenure
      .hibernate('capacity')
      .finally(() => making.delete(live))
      .then(onSettled, (error: unknown) => logger.error({ err: error }, 'could not hibernate a session'));
  };

  return {
    make() {
      const live = findLongestIdle();
      if (live !== undefined) hibernate(live);
      return live !== undefined;
    },
    giveUpLongIdle() {
      const live = findLongestIdle();
      if (live === undefined || !isLongIdle(live)) return false;
      hibernate(live);
      return true;
    },
    get making() {
      return making.size;
    },
    get longIdle() {
      return listIdle().filter(isLongIdle).length;
    },
    get hasIdle() {
      return listIdle().length > 0;
    },
  };
}
