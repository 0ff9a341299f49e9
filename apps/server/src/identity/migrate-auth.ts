import { getMigrations } from 'better-auth/db/migration';
import { sql, type Kysely } from 'kysely';

import type { StoreTables } from '../store/schema.ts';
import type { Auth } from './auth.ts';

/** Any number will do, as long as nothing else in the database locks it. */
const ADVISORY_LOCK = 4_600_001;

/**
 * Makes or extends the `auth_…` tables, then runs `afterwards`. On PostgreSQL one node at a time does so, since
 * better-auth compares and creates without a lock. Needs two connections there.
 */
export async function migrateAuth(
  auth: Auth,
  target: { kind: 'sqlite' | 'postgres'; database: Kysely<StoreTables> },
  afterwards: () => Promise<void>,
): Promise<void> {
  const migrate = async (): Promise<void> => {
    const { runMigrations } = await getMigrations(auth.options);
    await runMigrations();
    await afterwards();
  };
  if (target.kind === 'sqlite') return migrate();
  await target.database.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${sql.lit(ADVISORY_LOCK)})`.execute(connection);
    try {
      await migrate();
    } finally {
      await sql`select pg_advisory_unlock(${sql.lit(ADVISORY_LOCK)})`.execute(connection);
    }
  });
}
