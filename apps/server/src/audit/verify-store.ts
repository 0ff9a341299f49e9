import type { AuditCheckpoint } from '../store/audit.ts';
import type { Store } from '../store/port.ts';
import { createChainVerifier, findLastSeq, type ChainFault } from './verify-chain.ts';

export interface AuditReport {
  /** The first and the last entry that were checked; null without any. */
  firstSeq: number | null;
  lastSeq: number | null;
  checkpoints: number;
  fault: ChainFault | undefined;
}

export interface VerifyStoreOptions {
  trustedKeys?: ReadonlySet<string> | undefined;
  /** What this data directory noted of how far the log reached. */
  anchor?: AuditCheckpoint | undefined;
}

const PAGE = 1000;
/** Retention may remove the beginning of the log while it is read. */
const MAX_ATTEMPTS = 3;

/** Checks the whole audit log of a store, also while servers write to it. */
export async function verifyStore(store: Pick<Store, 'audit'>, options: VerifyStoreOptions = {}): Promise<AuditReport> {
  for (let attempt = 1; ; attempt += 1) {
    const baseBefore = await store.audit.findCheckpoint('base');
    const report = await verifyOnce(store, options);
    if (report.fault === undefined || attempt === MAX_ATTEMPTS) return report;
    const baseAfter = await store.audit.findCheckpoint('base');
    if (baseAfter?.seq === baseBefore?.seq) return report;
  }
}

async function verifyOnce({ audit }: Pick<Store, 'audit'>, options: VerifyStoreOptions): Promise<AuditReport> {
  // An entry and the checkpoint that signs it are committed together: what is read later may only be newer.
  const lastSeq = await audit.findLastSeq();
  const stored = await audit.listCheckpoints();
  const { anchor, trustedKeys } = options;
  const checkpoints = anchor === undefined ? stored : [...stored, anchor];
  const reach = Math.max(lastSeq, findLastSeq(checkpoints));
  const verifier = createChainVerifier({ checkpoints, trustedKeys });
  const report: AuditReport = { firstSeq: null, lastSeq: null, checkpoints: stored.length, fault: undefined };
  for (let after = Number.NEGATIVE_INFINITY; ;) {
    const page = await audit.list({ order: 'asc', limit: PAGE, ...(Number.isFinite(after) && { after }) });
    for (const entry of page) {
      if (entry.seq > reach) break;
      report.firstSeq ??= entry.seq;
      report.lastSeq = entry.seq;
      const fault = verifier.next(entry);
      if (fault !== undefined) return { ...report, fault };
      after = entry.seq;
    }
    if (page.length < PAGE || after >= reach) break;
  }
  return { ...report, fault: verifier.end() };
}
