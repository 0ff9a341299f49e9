/** What a list draws, and whether its length changed at its front. */
export interface AlignedRows<Row> {
  rows: readonly Row[];
  /** Rows came in front: the list keeps what is on screen in its place. */
  shift: boolean;
}

/**
 * What to draw next after `drawn`. A virtual list that is told of new rows in front takes every new row for one of them;
 * so where some came at the end as well, as when an answer streams while the reader goes back, those are left out this
 * once, and come with the next drawing. The row at the seam may have merged with what came before it, under another key.
 */
export function alignRows<Row extends { key: string }>(drawn: readonly Row[], rows: readonly Row[]): AlignedRows<Row> {
  if (drawn[0] === undefined || drawn[0].key === rows[0]?.key) return { rows, shift: false };
  const places = new Map(rows.map((row, index) => [row.key, index]));
  const kept = drawn.findIndex((row) => places.has(row.key));
  if (kept === -1) return { rows, shift: false };
  const added = (places.get(drawn[kept]?.key ?? '') ?? 0) - kept;
  if (added <= 0) return { rows, shift: false };
  return { rows: rows.slice(0, drawn.length + added), shift: true };
}
