import type { StoreMigration } from './store-migration.ts';

/** Who set the value of a secret last, which lists of secrets tell. */
export const secretAuthors: StoreMigration = async (db, { text }) => {
  await db.schema.alterTable('secrets').addColumn('updated_by', text).execute();
};
