import { setImmediate } from 'node:timers/promises';

import type { Clock } from '../lib/clock.ts';
import type { Store } from '../store/port.ts';
import type { AuditEntry, AuditRepository } from '../store/audit.ts';
import { isSigned, type CheckpointSigner } from './checkpoint.ts';
import { createChainVerifier, type ChainFault } from './verify-chain.ts';

export interface AuditRetentionDeps {
  store: Pick<Store, 'transaction' | 'audit'>;
  signer: CheckpointSigner;
  /** The public keys whose checkpoints count. */
  trustedKeys: ReadonlySet<string>;
  clock: Clock;
}

export interface RemovedEntries {
  count: number;
  /** Why the rest is kept. */
  fault: ChainFault | undefined;
}

/** Entries that one transaction removes. */
const BATCH = 500;

/**
 * Removes the entries before `since` (ISO 8601), oldest first. With each batch a signed base takes the place of what is
 * gone, in the same transaction, so that the chain can be followed from there at any moment. What is removed is verified
 * first, up to a signed checkpoint behind it: a base would otherwise make good what somebody has changed.
 */
export async function removeOldEntries(
  { store, signer, trustedKeys, clock }: AuditRetentionDeps,
  { since, signal }: { since: string; signal: AbortSignal },
): Promise<RemovedEntries> {
  let count = 0;
  const removeSome = () =>
    store.transaction(async ({ audit }) => {
      await audit.lockChain();
      const kept = await audit.findFirstSince(since);
      const oldest = await audit.list({ order: 'asc', limit: BATCH });
      const old = oldest.filter(({ seq }) => kept === undefined || seq < kept.seq);
      const last = old.at(-1);
      if (last === undefined) return { removed: 0, fault: undefined };
      const fault = await findFault(audit, old, trustedKeys);
      if (fault !== undefined) return { removed: 0, fault };
      await audit.removeThrough(last.seq);
      await audit.removeCheckpointsBelow(last.seq);
      await audit.addCheckpoint(signer.sign('base', last, clock.now()));
      return { removed: old.length, fault: undefined };
    });
  while (!signal.aborted) {
    const { removed, fault } = await removeSome();
    count += removed;
    if (fault !== undefined) return { count, fault };
    if (removed < BATCH) break;
    await setImmediate();
  }
  return { count, fault: undefined };
}

/** Follows the chain over the oldest entries up to the first signed head behind them. */
async function findFault(
  audit: Pick<AuditRepository, 'list' | 'listCheckpoints'>,
  old: readonly AuditEntry[],
  trustedKeys: ReadonlySet<string>,
): Promise<ChainFault | undefined> {
  const lastSeq = old.at(-1)?.seq ?? 0;
  const stored = await audit.listCheckpoints();
  const isGood = (each: (typeof stored)[number]) => trustedKeys.has(each.public_key) && isSigned(each);
  const reach = stored.find((each) => each.kind === 'head' && each.seq >= lastSeq && isGood(each));
  if (reach === undefined)
    return { kind: 'checkpoint', seq: lastSeq, message: `no checkpoint of this server's key reaches entry ${lastSeq}` };
  const checkpoints = [...stored.filter(({ seq }) => seq <= lastSeq), reach];
  const verifier = createChainVerifier({ checkpoints, trustedKeys });
  let after = lastSeq;
  for (let page = old; page.length > 0; page = await audit.list({ order: 'asc', after, limit: BATCH })) {
    for (const entry of page) {
      const fault = verifier.next(entry);
      if (fault !== undefined) return fault;
      after = entry.seq;
      if (after >= reach.seq) return undefined;
    }
  }
  return { kind: 'removed', seq: after + 1, message: `entry ${after + 1} was removed` };
}
