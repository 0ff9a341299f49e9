import { CompiledQuery, type Kysely } from 'kysely';

import { insertAuditFacts } from '../audit-facts.ts';
import type { RowsToAppend } from '../event-rows.ts';
import type { StoreTables } from '../schema.ts';

const TAKE_NUMBERS = `
  update sessions set last_seq = last_seq + (asked.value ->> 2)
  from json_each(?) as asked
  where sessions.id = (asked.value ->> 0) and sessions.lease_fence = (asked.value ->> 1)
  returning id, last_seq`;

const COLUMNS = 6;
/**
 * A few statement texts, so that all stay prepared. Each statement has a fixed cost; any number of rows is a sum of
 * few of these sizes.
 */
const INSERTS = [64, 32, 16, 8, 4, 3, 2, 1].map((rows) => ({ parameters: rows * COLUMNS, text: toInsert(rows) }));

/**
 * Appends to many sessions inside a transaction, in a few statements that are prepared once: compiling one per session
 * would cost more than running it. Answers the new last `seq` of each session that is there with its fence.
 */
export async function appendBatchToSqlite(
  trx: Kysely<StoreTables>,
  batch: readonly RowsToAppend[],
): Promise<Map<string, number>> {
  const asked = JSON.stringify(batch.map(({ sessionId, fence, rows }) => [sessionId, fence, rows.length]));
  const taken = await trx.executeQuery<{ id: string; last_seq: number }>(CompiledQuery.raw(TAKE_NUMBERS, [asked]));
  const lastSeqs = new Map(taken.rows.map((row) => [row.id, row.last_seq]));

  const parameters: unknown[] = [];
  for (const { sessionId, rows } of batch) {
    const lastSeq = lastSeqs.get(sessionId);
    if (lastSeq === undefined) continue;
    const first = lastSeq - rows.length + 1;
    rows.forEach(({ id, type, body, created_at }, index) => {
      parameters.push(sessionId, first + index, id, type, body, created_at);
    });
  }
  let from = 0;
  for (const { parameters: count, text } of INSERTS) {
    for (; parameters.length - from >= count; from += count) {
      await trx.executeQuery(CompiledQuery.raw(text, parameters.slice(from, from + count)));
    }
  }
  const facts = batch.flatMap((each) => (lastSeqs.has(each.sessionId) ? each.facts : []));
  if (facts.length > 0) await insertAuditFacts({ kind: 'sqlite', db: trx }, facts);
  return lastSeqs;
}

function toInsert(rows: number): string {
  const values = Array.from({ length: rows }, () => '(?, ?, ?, ?, ?, ?)').join(', ');
  return `insert into events (session_id, seq, id, type, body, created_at) values ${values}`;
}
