import type { StoreMigration } from './store-migration.ts';

/** What somebody is about to do where the fact cannot be in the same transaction. */
export const auditIntents: StoreMigration = async (db, { text, json }) => {
  await db.schema
    .createTable('audit_intents')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('node_id', text, (c) => c.notNull())
    .addColumn('at', text, (c) => c.notNull())
    .addColumn('fact', json, (c) => c.notNull())
    .execute();
};
