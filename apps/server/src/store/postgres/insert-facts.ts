import { sql, type RawBuilder } from 'kysely';

import type { AuditFactRow } from '../audit-facts.ts';
import type { RowsToAppend } from '../event-rows.ts';

/**
 * A further part of a statement that appends events: stores the facts of the sessions that got their numbers in `taken`.
 * @param takenId the id of the session of a row of `taken`
 */
export function insertFacts(
  batch: readonly Pick<RowsToAppend, 'sessionId' | 'facts'>[],
  takenId: RawBuilder<unknown>,
): RawBuilder<unknown> {
  const rows = batch.flatMap(({ sessionId, facts }) => facts.map((fact) => ({ sessionId, fact })));
  const column = (name: keyof AuditFactRow) => sql`${rows.map(({ fact }) => fact[name])}::text[]`;
  return sql`, audited as (
      insert into audit_facts (at, actor_type, actor_id, action, target_type, target_id, outcome, details)
      select f.at, f.actor_type, f.actor_id, f.action, f.target_type, f.target_id, f.outcome, f.details::json
      from taken join unnest(
        ${rows.map(({ sessionId }) => sessionId)}::text[], ${column('at')}, ${column('actor_type')},
        ${column('actor_id')}, ${column('action')}, ${column('target_type')}, ${column('target_id')},
        ${column('outcome')}, ${column('details')}
      ) with ordinality as f (
        session_id, at, actor_type, actor_id, action, target_type, target_id, outcome, details, number
      ) on f.session_id = ${takenId}
      order by f.number
    )`;
}
