import type { Insertable } from 'kysely';

import { toPlainText, toPlainTextOrNull } from './json-column.ts';
import { prepareEach } from './prepared.ts';
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

/** Most facts in one statement. */
const MAX_ROWS = 16;

type Values = Record<`${string} ${number}`, never>;

const insertRows = prepareEach<number, Values, unknown>((rows, db, value) =>
  db.insertInto('audit_facts').values(
    Array.from({ length: rows }, (_, index) => ({
      at: value(`at ${index}`),
      actor_type: value(`actor_type ${index}`),
      actor_id: value(`actor_id ${index}`),
      action: value(`action ${index}`),
      target_type: value(`target_type ${index}`),
      target_id: value(`target_id ${index}`),
      outcome: value(`outcome ${index}`),
      details: value(`details ${index}`),
    })),
  ),
);

/** Stores facts in the transaction of the context, in statements that are prepared once. */
export async function insertAuditFacts(
  context: Pick<RepositoryContext, 'kind' | 'db'>,
  facts: readonly AuditFactRow[],
): Promise<void> {
  for (let from = 0; from < facts.length; from += MAX_ROWS) {
    const rows = facts.slice(from, from + MAX_ROWS);
    const values = Object.fromEntries(
      rows.flatMap((row, index) => Object.entries(row).map(([column, value]) => [`${column} ${index}`, value])),
    );
    await insertRows(rows.length)(context, values as Values);
  }
}
