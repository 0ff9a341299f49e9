import type { StoreMigration } from './store-migration.ts';

/** Who changed files by hand or in a terminal before a state was recorded. */
export const makersOfStates: StoreMigration = async (db, { json }) => {
  await db.schema.alterTable('workspace_states').addColumn('made_by', json).execute();
};
