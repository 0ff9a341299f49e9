import { createHash } from 'node:crypto';

import type { AuditFact } from '../store/audit-facts.ts';
import type { AuditEntry } from '../store/audit.ts';

/** `prev_hash` of the first entry. */
export const FIRST_PREV_HASH = '0'.repeat(64);

/** Where a chain goes on: the last entry, or what stands in for it. */
export interface ChainEnd {
  seq: number;
  hash: string;
}

/**
 * The hash of an entry: SHA-256 of a JSON array of all its fields and the hash before, in this order. `details` is in it
 * as text. docs/operate/audit.md describes it for whoever checks an export.
 */
export function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  const { seq, at, actor, action, target, outcome, details, prevHash } = entry;
  const fields = [seq, at, actor.type, actor.id, action, target.type, target.id, outcome, details, prevHash];
  return createHash('sha256')
    .update(JSON.stringify(['csp-audit-1', ...fields]))
    .digest('hex');
}

/** The facts as entries that follow `end`. */
export function chainFacts(end: ChainEnd, facts: readonly AuditFact[]): AuditEntry[] {
  let { seq, hash: prevHash } = end;
  return facts.map(({ at, actor, action, target, outcome, details }) => {
    seq += 1;
    const entry = { seq, at, actor, action, target, outcome, details, prevHash };
    prevHash = hashEntry(entry);
    return { ...entry, hash: prevHash };
  });
}
