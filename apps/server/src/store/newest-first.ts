import type { SelectQueryBuilder } from 'kysely';

import { parseCursor, toCursor } from './cursor.ts';
import type { StoreTables } from './schema.ts';

interface MadeRow {
  id: string;
  created_at: string;
}

export interface NewestPage<Row> {
  rows: Row[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** A page of the rows that a query finds, last made first. Throws `invalid_cursor`. */
export async function findNewest<Table extends keyof StoreTables, Row extends MadeRow>(
  query: SelectQueryBuilder<StoreTables, Table, Row>,
  { limit, cursor }: { limit: number; cursor?: string | null | undefined },
): Promise<NewestPage<Row>> {
  // Every table whose rows are made has these two columns; the type of a query cannot say so.
  let ordered = query as unknown as SelectQueryBuilder<StoreTables, 'files', Row>;
  if (cursor) {
    const place = parseCursor(cursor);
    ordered = ordered.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('created_at', 'id'), '<', tuple(place.value, place.id)),
    );
  }
  const found = await ordered
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return { rows, nextCursor: found.length > limit && last ? toCursor({ value: last.created_at, id: last.id }) : null };
}
