import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/** Calls that wait for a program of the client, beside those that wait for a person. */
export const customTools: StoreMigration = async (db, { text }) => {
  await db.schema
    .alterTable('approvals')
    .addColumn('kind', text, (c) => c.notNull().defaultTo(sql`'approval'`))
    .execute();
};
