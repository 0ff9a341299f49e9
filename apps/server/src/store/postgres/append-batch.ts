import { CompiledQuery, type Kysely } from 'kysely';

import type { RowsToAppend } from '../event-rows.ts';
import type { StoreTables } from '../schema.ts';
import { appendEventsInOneStatement } from './append-events.ts';
import { toFactsPart, toFactsValue } from './insert-facts.ts';
import { toPreparedText } from './prepared-text.ts';

const toText = (name: string, factsPart: string) =>
  toPreparedText(
    name,
    `with locked as (
      select sessions.id, asked.count
      from sessions join unnest($1::text[], $2::bigint[], $3::bigint[]) as asked (session_id, fence, count)
        on sessions.id = asked.session_id and sessions.lease_fence = asked.fence
      order by sessions.id
      for no key update of sessions skip locked
    ), taken as (
      update sessions set last_seq = last_seq + locked.count from locked where sessions.id = locked.id
      returning sessions.id, sessions.last_seq, locked.count
    ), inserted as (
      insert into events (session_id, seq, id, type, body, created_at)
      select taken.id, taken.last_seq - taken.count + e.number, e.id, e.type, e.body::json, e.created_at
      from taken join unnest($4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[])
        as e (session_id, number, id, type, body, created_at) on e.session_id = taken.id
    )${factsPart}
    select id, last_seq from taken`,
  );

const APPEND = toText('append_batch', '');
const APPEND_WITH_FACTS = toText('append_batch_facts', toFactsPart('$10'));

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
  const values: unknown[] = [
    batch.map(({ sessionId }) => sessionId),
    batch.map(({ fence }) => fence),
    batch.map((each) => each.rows.length),
    ...(['session_id', 'number', 'id', 'type', 'body', 'created_at'] as const).map(column),
  ];
  const hasFacts = batch.some(({ facts }) => facts.length > 0);
  if (hasFacts) values.push(toFactsValue(batch));
  const query = CompiledQuery.raw(hasFacts ? APPEND_WITH_FACTS : APPEND, values);
  const result = await db.executeQuery<{ id: string; last_seq: number }>(query);
  return new Map(result.rows.map((row) => [row.id, row.last_seq]));
}
