import type { Kysely } from 'kysely';

import type { LeaseTime } from './lease-time.ts';
import type { StoreTables } from './schema.ts';
import type { TransactionOptions } from './transaction-options.ts';

/** Dependencies of every repository: the database to run statements on, and the clock. */
export interface RepositoryContext {
  readonly kind: 'sqlite' | 'postgres';
  readonly db: Kysely<StoreTables>;
  /** Runs `work` in the transaction that `db` already is, or in a new one. */
  readonly atomically: <T>(work: (db: Kysely<StoreTables>) => Promise<T>, options?: TransactionOptions) => Promise<T>;
  /** Called for a session that was deleted, once that is committed or inside of its transaction. */
  readonly onDeleted: () => void;
  /** The time as ISO 8601 text in UTC with milliseconds. */
  readonly now: () => string;
  /** The clock by which leases end. */
  readonly leaseTime: LeaseTime;
}
