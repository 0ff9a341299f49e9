import { makeRoom } from '../lib/make-room.ts';
import type { Actor } from './actor.ts';

/** How long another node's revocation may go unnoticed here; our own clear the cache at once. Within 2 s all must end. */
const TIME_TO_LIVE_MS = 500;
/** When full, the oldest entry is removed, which costs one more look-up. */
const MAX_ENTRIES = 10_000;

export interface ActorCache {
  /**
   * The cached actor for a credential, or what `load` finds. "Nobody" is not cached.
   * @param credential its kind and its digest: a credential of one kind must never pass for one of another
   */
  resolve(credential: `${Actor['via']} ${string}`, load: () => Promise<Actor | null>): Promise<Actor | null>;
  /** Forgets everything, and keeps look-ups that are under way from being remembered. */
  clear(): void;
}

/**
 * Remembers for half a second which actor a credential belongs to, so that most requests need no database.
 * @param monotonicMs Milliseconds of a clock that nobody can set: by the time of day an entry could live too long.
 */
export function createActorCache(monotonicMs: () => number): ActorCache {
  const entries = new Map<string, { actor: Actor; expiresAtMs: number }>();
  let generation = 0;

  return {
    async resolve(credential, load) {
      const cached = entries.get(credential);
      if (cached !== undefined && cached.expiresAtMs > monotonicMs()) return cached.actor;
      const startedIn = generation;
      const actor = await load();
      entries.delete(credential);
      if (actor !== null && startedIn === generation) {
        makeRoom(entries, MAX_ENTRIES);
        entries.set(credential, { actor, expiresAtMs: monotonicMs() + TIME_TO_LIVE_MS });
      }
      return actor;
    },
    clear() {
      generation += 1;
      entries.clear();
    },
  };
}
