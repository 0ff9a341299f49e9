import type { AuditEntryResource } from '@claude-sdk-pattern/protocol';

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
  if (format === 'csv') yield toLine(COLUMNS);
  for await (const page of pages) {
    yield page.map((entry) => (format === 'csv' ? toCsvLine(entry) : toJsonLine(entry))).join('');
  }
}

function toJsonLine(entry: AuditEntry): string {
  return `${JSON.stringify(toAuditResource(entry))}\n`;
}

function toCsvLine({ seq, at, actor, action, target, outcome, details, prevHash, hash }: AuditEntry): string {
  const ids = [actor.type, actor.id, action, target.type, target.id];
  return toLine([String(seq), at, ...ids, outcome, details, prevHash, hash]);
}

/** RFC 4180. Programs that show tables take a cell that begins with one of these characters for a formula. */
function toLine(cells: readonly (string | null)[]): string {
  const quoted = cells.map((cell) => {
    const text = cell ?? '';
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  });
  return `${quoted.join(',')}\r\n`;
}
