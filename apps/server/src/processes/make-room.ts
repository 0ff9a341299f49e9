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

interface RoomForSpare {
  places: Pick<Places, 'waiting'>;
  reclaimer: Pick<PlaceReclaimer, 'reclaiming' | 'reclaimLongIdle'>;
}

/**
 * Has a place given up for a spare, one at a time. A session that nobody has used for a while is woken as somebody
 * types; a new one would wait for its process.
 */
export function makeRoomForSpare({ places, reclaimer }: RoomForSpare): void {
  if (places.waiting === 0 && reclaimer.reclaiming === 0) reclaimer.reclaimLongIdle();
}
