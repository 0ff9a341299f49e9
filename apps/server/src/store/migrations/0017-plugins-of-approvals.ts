import type { StoreMigration } from './store-migration.ts';

/** Approvals tell the plugin that the call belongs to. */
export const pluginsOfApprovals: StoreMigration = async (db, { json }) => {
  await db.schema.alterTable('approvals').addColumn('plugin', json).execute();
};
