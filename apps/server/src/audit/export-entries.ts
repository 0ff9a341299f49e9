import type { AuditEntryResource } from '@claude-sdk-pattern/protocol';

import { toCsvLine } from '../lib/csv.ts';
import type { AuditEntry } from '../store/audit.ts';

export type AuditExportFormat = 'jsonl' | 'csv';

/** An entry as the API and exports show it. In the store, `details` is text. */
export function toAuditResource(entry: AuditEntry): AuditEntryResource {
  const { seq, at, actor, action, target, outcome, details, prevHash: prev_hash, hash } = entry;
  return { seq, at, actor, action, target, outcome, details: readDetails(details), prev_hash, hash };
}

/** Text that was tampered with must still be shown. */
function readDetails(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { text };
  } catch {
    return { text };
  }
}

const COLUMNS = [
  'seq',
  'at',
  'actor_type',
  'actor_id',
  'action',
  'target_type',
  'target_id',
  'outcome',
  'details',
  'prev_hash',
  'hash',
] as const;

/** The text of an export, a part for each page of entries. */
export async function* exportEntries(
  pages: AsyncIterable<readonly AuditEntry[]>,
  format: AuditExportFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield toCsvLine(COLUMNS);
  for await (const page of pages) {
    yield page.map((entry) => (format === 'csv' ? toCells(entry) : toJsonLine(entry))).join('');
  }
}

function toJsonLine(entry: AuditEntry): string {
  return `${JSON.stringify(toAuditResource(entry))}\n`;
}

function toCells({ seq, at, actor, action, target, outcome, details, prevHash, hash }: AuditEntry): string {
  const ids = [actor.type, actor.id, action, target.type, target.id];
  return toCsvLine([String(seq), at, ...ids, outcome, details, prevHash, hash]);
}
