import type { StoreMigration } from './store-migration.ts';

/** The registry of plugins. Their content is on disk. */
export const plugins: StoreMigration = async (db, { text, json, integer }) => {
  await db.schema
    .createTable('plugins')
    .addColumn('name', text, (c) => c.primaryKey())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('version', text)
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('record', json, (c) => c.notNull())
    .addColumn('revision', integer, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .execute();
};
