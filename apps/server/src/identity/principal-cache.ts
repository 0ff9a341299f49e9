import type { Principal } from './principal.ts';

/** How long another node's revocation may go unnoticed here; our own clear the cache at once. Within 2 s all must end. */
const TIME_TO_LIVE_MS = 500;
/** When full, the oldest entry gives way: it costs one more look-up. */
const MAX_ENTRIES = 10_000;

export interface PrincipalCache {
  /** The cached principal for a credential's digest, or what `load` finds. "Nobody" is not cached. */
  resolve(digest: string, load: () => Promise<Principal | null>): Promise<Principal | null>;
  /** Forgets everything, and keeps look-ups that are under way from being remembered. */
  clear(): void;
}

/**
 * Remembers for half a second whose credential a digest is, so that most requests touch no database.
 * @param monotonicMs Milliseconds that nobody sets back: with the time of day, an entry would outlive its lifetime.
 */
export function createPrincipalCache(monotonicMs: () => number): PrincipalCache {
  const entries = new Map<string, { principal: Principal; expiresAtMs: number }>();
  let generation = 0;

  return {
    async resolve(digest, load) {
      const cached = entries.get(digest);
      if (cached !== undefined && cached.expiresAtMs > monotonicMs()) return cached.principal;
      const startedIn = generation;
      const principal = await load();
      entries.delete(digest);
      if (principal !== null && startedIn === generation) {
        if (entries.size >= MAX_ENTRIES) deleteOldest(entries);
        entries.set(digest, { principal, expiresAtMs: monotonicMs() + TIME_TO_LIVE_MS });
      }
      return principal;
    },
    clear() {
      generation += 1;
      entries.clear();
    },
  };
}

function deleteOldest(entries: Map<string, unknown>): void {
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}
