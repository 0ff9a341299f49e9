import type { Row } from '../../session/build-rows.ts';

/**
 * The key of the first row after `afterSeq`, the last event that the reader saw before they left; null if there is
 * none. A row that is the reader's own message (user id `me`) does not count: the reader had seen everything before it.
 */
export function findFirstNew(rows: readonly Row[], afterSeq: number | null, me: string): string | null {
  if (afterSeq === null) return null;
  const first = rows.find((row) => seqOf(row) > afterSeq);
  if (first === undefined || first === rows[0]) return null;
  const own = (first.kind === 'user' || first.kind === 'waiting') && (first.item.actor?.id ?? me) === me;
  return own ? null : first.key;
}

function seqOf(row: Row): number {
  if (row.kind === 'work' || row.kind === 'notice') return row.items[0]?.seq ?? 0;
  if (row.kind === 'turn-end') return 0;
  return row.item.seq;
}
