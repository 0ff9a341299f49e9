import type { UptimeClock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ProcessHolder } from './process-holder.ts';

/** Takes places back from holders that do not use their processes. */
export interface PlaceReclaimer {
  /** Has the holder give its process up that has been idle for longest. False when there is none. */
  reclaim(): boolean;
  /** The same for a holder that has not used its process for a minute. */
  reclaimLongIdle(): boolean;
  /** Holders that are giving their processes up. */
  readonly reclaiming: number;
  /** How many holders have not used their process for a minute. */
  readonly longIdle: number;
  /** Whether a holder does not use its process. */
  readonly hasIdle: boolean;
}

/** What counts of a holder here. */
export type ReclaimableHolder = Pick<ProcessHolder, 'idleSinceMs' | 'hibernate'> & {
  readonly process: Pick<ProcessHolder['process'], 'state'>;
};

export interface PlaceReclaimerDeps {
  holders(): readonly ReclaimableHolder[];
  clock: UptimeClock;
  logger: Logger;
  /** A holder has given its process up, or kept it after all because work came: others may be asked now. */
  onSettled(): void;
  /** A process that nobody has used for longer may go for a spare. */
  longIdleMs?: number;
}

const LONG_IDLE_MS = 60_000;

export function createPlaceReclaimer(deps: PlaceReclaimerDeps): PlaceReclaimer {
  const { holders, clock, logger, onSettled, longIdleMs = LONG_IDLE_MS } = deps;
  const reclaiming = new Set<ReclaimableHolder>();

  const listIdle = () =>
    holders().filter(
      (holder) => holder.idleSinceMs !== undefined && holder.process.state === 'live' && !reclaiming.has(holder),
    );
  const findLongestIdle = () =>
    listIdle().reduce<ReclaimableHolder | undefined>(
      (longest, holder) => ((holder.idleSinceMs ?? 0) < (longest?.idleSinceMs ?? Infinity) ? holder : longest),
      undefined,
    );
  const isLongIdle = ({ idleSinceMs }: ReclaimableHolder) =>
    idleSinceMs !== undefined && clock.uptimeMs() - idleSinceMs > longIdleMs;

  const hibernate = (holder: ReclaimableHolder) => {
    reclaiming.add(holder);
    holder
      .hibernate('capacity')
      .finally(() => reclaiming.delete(holder))
      .then(onSettled, (error: unknown) => logger.error({ err: error }, 'could not hibernate a session'));
  };

  return {
    reclaim() {
      const holder = findLongestIdle();
      if (holder !== undefined) hibernate(holder);
      return holder !== undefined;
    },
    reclaimLongIdle() {
      const holder = findLongestIdle();
      if (holder === undefined || !isLongIdle(holder)) return false;
      hibernate(holder);
      return true;
    },
    get reclaiming() {
      return reclaiming.size;
    },
    get longIdle() {
      return listIdle().filter(isLongIdle).length;
    },
    get hasIdle() {
      return listIdle().length > 0;
    },
  };
}
