import { sql, type Kysely } from 'kysely';

import type { RowsToAppend } from '../event-rows.ts';
import { insertFacts } from './insert-facts.ts';
import type { StoreTables } from '../schema.ts';

/**
 * Assigns the next `seq` and inserts the events in one statement, which is its own transaction: one round trip
 * instead of four (begin, update, insert, commit). Returns the new last `seq`, or undefined when there is no such
 * session with this fence.
 */
export async function appendEventsInOneStatement(
  db: Kysely<StoreTables>,
  { sessionId, fence, rows, facts }: RowsToAppend,
): Promise<number | undefined> {
  const column = (name: 'id' | 'type' | 'body' | 'created_at') => rows.map((row) => row[name]);
  const result = await sql<{ last_seq: number }>`
    with taken as (
      update sessions set last_seq = last_seq + ${rows.length}::bigint
      where id = ${sessionId} and lease_fence = ${fence}
      returning last_seq
    ), inserted as (
      insert into events (session_id, seq, id, type, body, created_at)
      select ${sessionId}, taken.last_seq - ${rows.length}::bigint + e.number, e.id, e.type, e.body::json, e.created_at
      from taken, unnest(
        ${column('id')}::text[], ${column('type')}::text[], ${column('body')}::text[], ${column('created_at')}::text[]
      ) with ordinality as e (id, type, body, created_at, number)
    )${facts.length > 0 ? insertFacts([{ sessionId, facts }], sql`${sessionId}`) : sql``}
    select last_seq from taken`.execute(db);
  return result.rows[0]?.last_seq;
}
