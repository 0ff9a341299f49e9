/** The rows that the virtual list renders, and whether rows were added or removed at the front. */
export interface AlignedRows<Row> {
  rows: readonly Row[];
  /** Rows were added at the front: the list keeps the visible rows in place. */
  shift: boolean;
}

/**
 * The rows to render after `drawn`. A virtual list that is told of new rows at the front counts every new row as one of
 * them. If rows were also added at the end, for instance while an answer streams and the reader scrolls back, those are
 * left out of this render and added in the next. The first row of `drawn` may have merged with an older row and then
 * has another key.
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
