import type { RowsToAppend } from '../event-rows.ts';
import { AUDIT_FACT_COLUMNS } from '../audit-facts.ts';

/**
 * A further part of a statement that appends events: stores the facts of the sessions that got their numbers in `taken`.
 * @param parameter the place of `toFactsValue` among the values, such as `$8`
 */
export function toFactsPart(parameter: string): string {
  const columns = AUDIT_FACT_COLUMNS.join(', ');
  const fields = AUDIT_FACT_COLUMNS.map((column) => `${column} text`).join(', ');
  return `, audited as (
      insert into audit_facts (${columns})
      select ${AUDIT_FACT_COLUMNS.map((column) => (column === 'details' ? 'f.details::json' : `f.${column}`)).join(', ')}
      from taken join rows from (json_to_recordset(${parameter}::json) as (session_id text, ${fields}))
        with ordinality as f (session_id, ${columns}, number) on f.session_id = taken.id
      order by f.number
    )`;
}

/** The facts as one value, so that the statement has the same text for any number of them. */
export function toFactsValue(batch: readonly Pick<RowsToAppend, 'sessionId' | 'facts'>[]): string {
  return JSON.stringify(
    batch.flatMap(({ sessionId, facts }) => facts.map((fact) => ({ session_id: sessionId, ...fact }))),
  );
}
