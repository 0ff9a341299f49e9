import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/** Who answered a model call, whose key paid, what else was behind it; and turns of which Claude Code has another figure. */
export const causesOfRequests: StoreMigration = async (db, { text, integer }) => {
  for (const column of ['upstream', 'key_owner', 'plugin', 'requested_model']) {
    await db.schema.alterTable('model_requests').addColumn(column, text).execute();
  }
  await db.schema
    .alterTable('model_requests')
    .addColumn('is_cut', integer, (c) => c.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('cost_differences')
    .addColumn('session_id', text, (c) => c.notNull())
    .addColumn('turn', integer, (c) => c.notNull())
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('cost_micro_usd', integer, (c) => c.notNull())
    .addColumn('reported_micro_usd', integer, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('cost_differences_pkey', ['session_id', 'turn'])
    .execute();
  await sql`create index cost_differences_created on cost_differences (created_at, session_id, turn)`.execute(db);
};
