import type { UptimeClock } from '../lib/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ProcessHolder } from './process-holder.ts';

/** Frees places: ends the processes of idle holders. */
export interface PlaceReclaimer {
  /** Hibernates the holder that has been idle for longest, rather one without tasks. False when no holder is idle. */
  reclaim(): boolean;
  /** The same, if that holder has been idle for a minute. */
  reclaimLongIdle(): boolean;
  /** How many holders are being hibernated. */
  readonly reclaiming: number;
  /** How many holders have been idle for a minute. */
  readonly longIdle: number;
  /** Whether a holder with a process is idle. */
  readonly hasIdle: boolean;
}

/** The part of a holder that the reclaimer uses. */
export type ReclaimableHolder = Pick<ProcessHolder, 'idleSinceMs' | 'hibernate' | 'backgroundTasks'> & {
  readonly process: Pick<ProcessHolder['process'], 'state'>;
};

export interface PlaceReclaimerDeps {
  holders(): readonly ReclaimableHolder[];
  clock: UptimeClock;
  logger: Logger;
  /** A holder has hibernated, or kept its process because it got work: another one may be hibernated now. */
  onSettled(): void;
  /** After this idle time, a process may be ended to make room for a spare. */
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
      (longest, holder) => (longest === undefined || isSooner(holder, longest) ? holder : longest),
      undefined,
    );
  const isLongIdle = ({ idleSinceMs, backgroundTasks }: ReclaimableHolder) =>
    backgroundTasks.length === 0 && idleSinceMs !== undefined && clock.uptimeMs() - idleSinceMs > longIdleMs;

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

/** Whether this holder gives up its process before the other: one whose process works beside the conversation comes last. */
function isSooner(one: ReclaimableHolder, other: ReclaimableHolder): boolean {
  const [isBusy, isOtherBusy] = [one.backgroundTasks.length > 0, other.backgroundTasks.length > 0];
  if (isBusy !== isOtherBusy) return isOtherBusy;
  return (one.idleSinceMs ?? 0) < (other.idleSinceMs ?? Infinity);
}
