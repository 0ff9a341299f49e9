import type { Insertable } from 'kysely';

import { toPlainText, toPlainTextOrNull } from './json-column.ts';
import { createInsertAll } from './insert-all.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { AuditFactTable } from './schema.ts';

/** Who did something, or what it was done to. Null where nobody knows the id. */
export interface AuditParty {
  type: string;
  id: string | null;
}

/** Something that happened and belongs in the audit log. */
export interface AuditFact {
  /** When it happened, as ISO 8601. */
  at: string;
  actor: AuditParty;
  action: string;
  target: AuditParty;
  outcome: string;
  /** A JSON object as it is hashed: keys sorted, no white space. */
  details: string;
}

export type AuditFactRow = Insertable<AuditFactTable>;

/** A fact as its row, in text that both databases keep unchanged. */
export function toAuditFactRow({ at, actor, action, target, outcome, details }: AuditFact): AuditFactRow {
  return {
    at,
    actor_type: actor.type,
    actor_id: toPlainTextOrNull(actor.id),
    action,
    target_type: target.type,
    target_id: toPlainTextOrNull(target.id),
    outcome,
    details: toPlainText(details),
  };
}

/** The columns of a fact, in the order in which statements have them. */
export const AUDIT_FACT_COLUMNS = [
  'at',
  'actor_type',
  'actor_id',
  'action',
  'target_type',
  'target_id',
  'outcome',
  'details',
] as const satisfies (keyof AuditFactRow)[];

const insertFacts = createInsertAll('audit_facts', AUDIT_FACT_COLUMNS);

/** Stores facts in the transaction of the context. */
export async function insertAuditFacts(
  context: Pick<RepositoryContext, 'kind' | 'db'>,
  facts: readonly AuditFactRow[],
): Promise<void> {
  if (facts.length > 0) await insertFacts(context, facts);
}
