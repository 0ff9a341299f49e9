import type { StoreMigration } from './store-migration.ts';

/** Columns that nothing ever wrote: what is shown of an approval stands in its events. */
export const approvals: StoreMigration = async (db) => {
  for (const column of ['title', 'description', 'reason', 'suggestions']) {
    await db.schema.alterTable('approvals').dropColumn(column).execute();
  }
};
