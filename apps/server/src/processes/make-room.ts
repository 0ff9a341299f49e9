import type { PlaceReclaimer } from './place-reclaimer.ts';
import type { Places } from './places.ts';
import type { WarmPool } from './warm-pool.ts';

interface RoomForSession {
  places: Pick<Places, 'waiting'>;
  pool: { readonly state: Pick<WarmPool['state'], 'ending'>; giveUpOne(): boolean };
  reclaimer: Pick<PlaceReclaimer, 'reclaiming' | 'reclaimLongIdle' | 'reclaim'>;
}

/**
 * Frees a place for a session that waits. Ends the process of a holder that has been idle for long, otherwise a spare,
 * otherwise the process of any idle holder. Frees at most as many places as sessions wait.
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
 * Frees `missing` places for spares, less those that are being freed already. Ends the processes of holders that have
 * been idle for long: such a session gets a process again when somebody types, but a new session would wait for its
 * first one.
 */
export function makeRoomForSpares({ places, pool, reclaimer }: RoomForSpares, missing: number): void {
  if (places.waiting > 0) return;
  let toReclaim = missing - pool.state.ending - reclaimer.reclaiming;
  while (toReclaim > 0 && reclaimer.reclaimLongIdle()) toReclaim -= 1;
}
