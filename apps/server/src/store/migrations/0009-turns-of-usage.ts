import type { StoreMigration } from './store-migration.ts';

/** The turn of each model call: so what a turn has used is known after its server was killed. */
export const turnsOfUsage: StoreMigration = async (db, { integer }) => {
  await db.schema.alterTable('model_requests').addColumn('turn', integer).execute();
};
