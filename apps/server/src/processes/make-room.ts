import type { PlaceReclaimer } from './place-reclaimer.ts';
import type { Places } from './places.ts';
import type { WarmPool } from './warm-pool.ts';

interface RoomForSession {
  places: Pick<Places, 'waiting'>;
  pool: { readonly state: Pick<WarmPool['state'], 'ending'>; giveUpOne(): boolean };
  reclaimer: Pick<PlaceReclaimer, 'reclaiming' | 'reclaimLongIdle' | 'reclaim'>;
}

/**
 * Has a place given up for a session that waits: by whoever has not used its process for long, then by a spare, then by
 * any idle holder. Never more places than sessions that wait.
 */
export function makeRoomForSession({ places, pool, reclaimer }: RoomForSession): void {
  if (pool.state.ending + reclaimer.reclaiming >= places.waiting) return;
  if (!reclaimer.reclaimLongIdle() && !pool.giveUpOne()) reclaimer.reclaim();
}

interface RoomForSpares {
  places: Pick<Places, 'waiting'>;
  pool: { readonly state: Pick<WarmPool['state'], 'ending'> };
  reclaimer: Pick<PlaceReclaimer, 'reclaiming' | 'reclaimLongIdle'>;
}

/**
 * Has so many places given up for spares, less those that are given up already, by whoever has not used its process for
 * long. Such a session is woken when somebody types; a new one would wait for its process.
 */
export function makeRoomForSpares({ places, pool, reclaimer }: RoomForSpares, missing: number): void {
  if (places.waiting > 0) return;
  let toReclaim = missing - pool.state.ending - reclaimer.reclaiming;
  while (toReclaim > 0 && reclaimer.reclaimLongIdle()) toReclaim -= 1;
}
