import type { AuditCheckpoint, AuditRepository } from '../store/audit.ts';
import { FIRST_PREV_HASH, type ChainEnd } from './chain.ts';
import { isSigned } from './checkpoint.ts';

export interface FoundChainEnd extends ChainEnd {
  /** The head that this server knows, where the database does not hold its entry any more. */
  lost: AuditCheckpoint | undefined;
  /** The last entry in the database; 0 without any. */
  lastSeq: number;
}

type Reads = Pick<AuditRepository, 'findCheckpoint' | 'listCheckpoints' | 'findLastSeq' | 'list'>;

/**
 * Where the chain goes on: behind every entry and checkpoint, with the hash that was signed last. Where the entry of the
 * known head is gone or another, that is the hash of the known head, so that no later signature covers the gap.
 */
export async function findChainEnd(
  audit: Reads,
  { known, publicKey }: { known: AuditCheckpoint | undefined; publicKey: string },
): Promise<FoundChainEnd> {
  const newest = await audit.findCheckpoint('head');
  const signed = await findSigned(audit, newest, publicKey);
  const lastSeq = await audit.findLastSeq();
  const seq = Math.max(newest?.seq ?? 0, lastSeq, known?.seq ?? 0);
  if (known !== undefined && !(await holds(audit, known, publicKey)))
    return { seq, hash: known.hash, lost: known, lastSeq };
  const from = known !== undefined && known.seq > (signed?.seq ?? 0) ? known : signed;
  return { seq, hash: from?.hash ?? FIRST_PREV_HASH, lost: undefined, lastSeq };
}

/** The newest head of this key; of another key only where this one has signed none yet, after a change of the key. */
async function findSigned(audit: Reads, newest: AuditCheckpoint | undefined, publicKey: string) {
  if (newest === undefined || (newest.public_key === publicKey && isSigned(newest))) return newest;
  const heads = (await audit.listCheckpoints()).filter((each) => each.kind === 'head');
  return heads.findLast((each) => each.public_key === publicKey && isSigned(each)) ?? heads.findLast(isSigned);
}

/** Whether the entry of the head is there as it was signed, or retention has removed it behind a base of this key. */
async function holds(audit: Reads, head: AuditCheckpoint, publicKey: string): Promise<boolean> {
  const [entry] = await audit.list({ order: 'asc', after: head.seq - 1, limit: 1 });
  if (entry?.seq === head.seq) return entry.hash === head.hash;
  const base = await audit.findCheckpoint('base');
  return base !== undefined && base.seq >= head.seq && base.public_key === publicKey && isSigned(base);
}
