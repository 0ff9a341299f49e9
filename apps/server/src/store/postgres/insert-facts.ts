import { sql, type RawBuilder } from 'kysely';

import type { RowsToAppend } from '../event-rows.ts';

/**
 * A further part of a statement that appends events: stores the facts of the sessions that got their numbers in `taken`.
 * @param takenId the id of the session of a row of `taken`
 */
export function insertFacts(
  batch: readonly Pick<RowsToAppend, 'sessionId' | 'facts'>[],
  takenId: RawBuilder<unknown>,
): RawBuilder<unknown> {
  // Few rows: planning a list of values takes less time than planning as many arrays as there are columns.
  const facts = batch.flatMap(({ sessionId, facts: own }) => own.map((fact) => ({ sessionId, ...fact })));
  const rows = facts.map(
    (f, number) => sql`(${sql.lit(number)}, ${f.sessionId}, ${f.at}, ${f.actor_type}, ${f.actor_id}::text, ${f.action},
      ${f.target_type}, ${f.target_id}::text, ${f.outcome}, ${f.details}::json)`,
  );
  return sql`, audited as (
      insert into audit_facts (at, actor_type, actor_id, action, target_type, target_id, outcome, details)
      select f.at, f.actor_type, f.actor_id, f.action, f.target_type, f.target_id, f.outcome, f.details
      from taken join (values ${sql.join(rows)}) as f (
        number, session_id, at, actor_type, actor_id, action, target_type, target_id, outcome, details
      ) on f.session_id = ${takenId}
      order by f.number
    )`;
}
