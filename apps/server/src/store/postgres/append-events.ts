import { CompiledQuery, type Kysely } from 'kysely';

import type { RowsToAppend } from '../event-rows.ts';
import type { StoreTables } from '../schema.ts';
import { toFactsPart, toFactsValue } from './insert-facts.ts';
import { toPreparedText } from './prepared-text.ts';

const toText = (name: string, factsPart: string) =>
  toPreparedText(
    name,
    `with taken as (
      update sessions set last_seq = last_seq + $1::bigint
      where id = $2 and lease_fence = $3
      returning id, last_seq
    ), inserted as (
      insert into events (session_id, seq, id, type, body, created_at)
      select taken.id, taken.last_seq - $1::bigint + e.number, e.id, e.type, e.body::json, e.created_at
      from taken, unnest($4::text[], $5::text[], $6::text[], $7::text[])
        with ordinality as e (id, type, body, created_at, number)
    )${factsPart}
    select last_seq from taken`,
  );

const APPEND = toText('append_events', '');
const APPEND_WITH_FACTS = toText('append_events_facts', toFactsPart('$8'));

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
  const values = [rows.length, sessionId, fence, column('id'), column('type'), column('body'), column('created_at')];
  const query =
    facts.length === 0
      ? CompiledQuery.raw(APPEND, values)
      : CompiledQuery.raw(APPEND_WITH_FACTS, [...values, toFactsValue([{ sessionId, facts }])]);
  const result = await db.executeQuery<{ last_seq: number }>(query);
  return result.rows[0]?.last_seq;
}
