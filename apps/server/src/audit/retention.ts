import { setImmediate } from 'node:timers/promises';

import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/port.ts';
import type { CheckpointSigner } from './checkpoint.ts';

export interface AuditRetentionDeps {
  store: Pick<Store, 'transaction' | 'audit'>;
  signer: CheckpointSigner;
  clock: Clock;
}

/** Entries that one transaction removes. */
const BATCH = 500;

/**
 * Removes the entries before `since` (ISO 8601), oldest first, and answers how many. With each batch a signed base takes
 * the place of what is gone, in the same transaction, so that the chain can be followed from there at any moment.
 */
export async function removeOldEntries(
  { store, signer, clock }: AuditRetentionDeps,
  { since, signal }: { since: string; signal: AbortSignal },
): Promise<number> {
  let count = 0;
  const removeSome = () =>
    store.transaction(async ({ audit }) => {
      await audit.lockChain();
      const kept = await audit.findFirstSince(since);
      const oldest = await audit.list({ order: 'asc', limit: BATCH });
      const old = oldest.filter(({ seq }) => kept === undefined || seq < kept.seq);
      const last = old.at(-1);
      if (last === undefined) return 0;
      await audit.removeThrough(last.seq);
      await audit.removeCheckpointsBelow(last.seq);
      await audit.addCheckpoint(signer.sign('base', last, clock.now()));
      return old.length;
    });
  while (!signal.aborted) {
    const removed = await removeSome();
    count += removed;
    if (removed < BATCH) break;
    await setImmediate();
  }
  return count;
}
