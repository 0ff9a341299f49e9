import type { Kysely } from 'kysely';

import type { StoreTables } from './schema.ts';

/** What every repository is made from: where to run statements, and the clock. */
export interface RepositoryContext {
  readonly db: Kysely<StoreTables>;
  /** The time as ISO 8601 text in UTC with milliseconds. */
  readonly now: () => string;
}

/** Runs `work` in the transaction that `db` already is, or in a new one. */
export function inTransaction<T>(db: Kysely<StoreTables>, work: (trx: Kysely<StoreTables>) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}
