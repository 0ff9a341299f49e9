import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** When approvals expire, and what lists of them show without the journal. Those that wait already have a day. */
export const lastingApprovals: StoreMigration = async (db, { text }) => {
  await db.schema
    .alterTable('approvals')
    .addColumn('title', text, (c) => c.notNull().defaultTo(''))
    .execute();
  await db.schema.alterTable('approvals').addColumn('reason', text).execute();
  await db.schema.alterTable('approvals').addColumn('expires_at', text).execute();
  const expiresAt = new Date(Date.now() + DAY_MS).toISOString();
  await sql`update approvals set expires_at = ${expiresAt} where state = 'pending'`.execute(db);
};
