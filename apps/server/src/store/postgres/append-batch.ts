import { sql, type Kysely } from 'kysely';

import type { RowsToAppend } from '../event-rows.ts';
import type { StoreTables } from '../schema.ts';
import { insertFacts } from './insert-facts.ts';
import { appendEventsInOneStatement } from './append-events.ts';

/**
 * Appends to many sessions in one statement, which is its own transaction. Skips a session whose row another
 * transaction has locked, so that the others do not wait. Returns the new last `seq` by session.
 */
export async function appendBatchToPostgres(
  db: Kysely<StoreTables>,
  batch: readonly RowsToAppend[],
): Promise<Map<string, number>> {
  const [only] = batch;
  if (only !== undefined && batch.length === 1) {
    const lastSeq = await appendEventsInOneStatement(db, only);
    return new Map(lastSeq === undefined ? [] : [[only.sessionId, lastSeq]]);
  }
  const rows = batch.flatMap(({ sessionId, rows: own }) =>
    own.map((row, index) => ({ ...row, session_id: sessionId, number: index + 1 })),
  );
  const column = (name: keyof (typeof rows)[number]) => rows.map((row) => row[name]);
  const result = await sql<{ id: string; last_seq: number }>`
    with locked as (
      select sessions.id, asked.count
      from sessions join unnest(
        ${batch.map(({ sessionId }) => sessionId)}::text[],
        ${batch.map(({ fence }) => fence)}::bigint[],
        ${batch.map((each) => each.rows.length)}::bigint[]
      ) as asked (session_id, fence, count) on sessions.id = asked.session_id and sessions.lease_fence = asked.fence
      order by sessions.id
      for no key update of sessions skip locked
    ), taken as (
      update sessions set last_seq = last_seq + locked.count from locked where sessions.id = locked.id
      returning sessions.id, sessions.last_seq, locked.count
    ), inserted as (
      insert into events (session_id, seq, id, type, body, created_at)
      select taken.id, taken.last_seq - taken.count + e.number, e.id, e.type, e.body::json, e.created_at
      from taken join unnest(
        ${column('session_id')}::text[], ${column('number')}::bigint[], ${column('id')}::text[],
        ${column('type')}::text[], ${column('body')}::text[], ${column('created_at')}::text[]
      ) as e (session_id, number, id, type, body, created_at) on e.session_id = taken.id
    )${batch.some(({ facts }) => facts.length > 0) ? insertFacts(batch, sql`taken.id`) : sql``}
    select id, last_seq from taken`.execute(db);
  return new Map(result.rows.map((row) => [row.id, row.last_seq]));
}
