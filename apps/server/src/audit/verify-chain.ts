import type { AuditCheckpoint, AuditEntry } from '../store/audit.ts';
import { FIRST_PREV_HASH, hashEntry, type ChainEnd } from './chain.ts';
import { isSigned } from './checkpoint.ts';

/** The first thing that is wrong in an audit log. */
export interface ChainFault {
  kind: 'changed' | 'removed' | 'inserted' | 'checkpoint';
  /** Of the entry, or of the checkpoint. */
  seq: number;
  /** An entry from `seq` up to this one; the log does not tell which. */
  throughSeq?: number;
  /** A sentence for people. */
  message: string;
}

export interface ChainProof {
  checkpoints: readonly AuditCheckpoint[];
  /** The keys whose checkpoints count; undefined accepts any, for those who have no key. */
  trustedKeys?: ReadonlySet<string> | undefined;
}

/** Takes entries by rising `seq` and says what is wrong first. */
export interface ChainVerifier {
  /** The next entry. A fault ends it: call nothing more. */
  next(entry: AuditEntry): ChainFault | undefined;
  /** After the last entry. */
  end(): ChainFault | undefined;
}

/** Checks a whole log that is in memory. Pure. */
export function verifyChain(entries: Iterable<AuditEntry>, proof: ChainProof): ChainFault | undefined {
  const verifier = createChainVerifier(proof);
  for (const entry of entries) {
    const fault = verifier.next(entry);
    if (fault !== undefined) return fault;
  }
  return verifier.end();
}

/**
 * Follows the chain from its beginning, or from the newest signed `base` where retention has removed that.
 *
 * Over 100 lines with its helpers: one walk over the chain and what each break of it means.
 */
export function createChainVerifier({ checkpoints, trustedKeys }: ChainProof): ChainVerifier {
  const trusted: AuditCheckpoint[] = [];
  const untrusted: AuditCheckpoint[] = [];
  for (const each of checkpoints) {
    const isKnown = trustedKeys === undefined || trustedKeys.has(each.public_key);
    (isKnown && isSigned(each) ? trusted : untrusted).push(each);
  }
  const base = trusted.filter(({ kind }) => kind === 'base').toSorted((a, b) => b.seq - a.seq)[0];
  const start: ChainEnd = base ?? { seq: 0, hash: FIRST_PREV_HASH };
  const signed = new Map(trusted.map((each) => [each.seq, each.hash]));
  const lastSigned = findLastSeq(trusted);
  const lastClaimed = findLastSeq(checkpoints);
  /** The last entry that a signed checkpoint agrees with. */
  let proven = start.seq;
  let last: ChainEnd = start;
  /** An entry that does not follow from the one before it; the next one tells which of the two is wrong. */
  let loose: AuditEntry | undefined;

  /** The loose entry is right where something that follows says so; then the one before it was changed. */
  const blame = (entry: AuditEntry, isRight: boolean): ChainFault =>
    isRight ? changed(entry.seq - 1) : changed(entry.seq);

  return {
    next(entry) {
      const { seq } = entry;
      if (loose !== undefined) {
        const isRight = entry.seq === loose.seq + 1 && entry.prevHash === loose.hash && hashEntry(entry) === entry.hash;
        return blame(loose, isRight);
      }
      if (!Number.isInteger(seq) || seq <= last.seq) return inserted(seq);
      if (seq > last.seq + 1) return removed(last.seq + 1);
      if (hashEntry(entry) !== entry.hash) return explain(entry);
      if (entry.prevHash !== last.hash) {
        const lostSeq = findLostSeq(entry);
        if (lostSeq !== undefined) return replaced(lostSeq);
        if (last.seq === start.seq || signed.get(last.seq) === last.hash) return changed(seq);
        loose = entry;
        if (signed.get(seq) === entry.hash) return blame(entry, true);
        last = entry;
        return undefined;
      }
      const signedHash = signed.get(seq);
      if (signedHash !== undefined && signedHash !== entry.hash) return rewritten(proven + 1, seq);
      if (seq > lastClaimed) return inserted(seq);
      if (signedHash !== undefined) proven = seq;
      last = entry;
      return undefined;
    },

    end() {
      if (loose !== undefined) return blame(loose, false);
      if (last.seq < lastSigned) return removed(last.seq + 1);
      const [bad] = untrusted.toSorted((a, b) => a.seq - b.seq);
      if (bad === undefined) return undefined;
      const reason = isSigned(bad) ? 'is signed with an unknown key' : 'was changed: its signature is wrong';
      return { kind: 'checkpoint', seq: bad.seq, message: `the checkpoint at entry ${bad.seq} ${reason}` };
    },
  };
}

/** The highest `seq`; 0 without any. There may be more checkpoints than a call can have arguments. */
export function findLastSeq(checkpoints: readonly Pick<AuditCheckpoint, 'seq'>[]): number {
  let last = 0;
  for (const { seq } of checkpoints) last = Math.max(last, seq);
  return last;
}

/** An entry with a wrong hash may be another one that was given a new number. */
function explain(entry: AuditEntry): ChainFault {
  if (hashEntry({ ...entry, seq: entry.seq - 1 }) === entry.hash) return inserted(entry.seq - 1);
  if (hashEntry({ ...entry, seq: entry.seq + 1 }) === entry.hash) return removed(entry.seq);
  return changed(entry.seq);
}

/** Of an entry with which a server recorded that the log does not hold an entry that it had signed. */
function findLostSeq({ action, details }: AuditEntry): number | undefined {
  if (action !== 'audit.mismatch') return undefined;
  try {
    const { expected_seq: seq } = JSON.parse(details) as { expected_seq?: unknown };
    return typeof seq === 'number' ? seq : undefined;
  } catch {
    return undefined;
  }
}

function replaced(seq: number): ChainFault {
  return { kind: 'changed', seq, message: `entry ${seq} is not the one that a server had signed` };
}

function changed(seq: number): ChainFault {
  return { kind: 'changed', seq, message: `entry ${seq} was changed` };
}

function removed(seq: number): ChainFault {
  return { kind: 'removed', seq, message: `entry ${seq} was removed` };
}

function inserted(seq: number): ChainFault {
  return { kind: 'inserted', seq, message: `entry ${seq} was inserted` };
}

/** The chain is whole, but it is not the one that was signed. */
function rewritten(seq: number, throughSeq: number): ChainFault {
  if (seq === throughSeq) return changed(seq);
  const message = `entry ${seq} was changed, or one of those after it up to ${throughSeq}: they were chained again`;
  return { kind: 'changed', seq, throughSeq, message };
}
