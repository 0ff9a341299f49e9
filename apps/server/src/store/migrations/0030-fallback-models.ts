import type { StoreMigration } from './store-migration.ts';

/** From which share of a budget on sessions go on with a cheaper model, and with which one. */
export const fallbackModels: StoreMigration = async (db, { text, real }) => {
  await db.schema.alterTable('budgets').addColumn('fallback_at', real).execute();
  await db.schema.alterTable('budgets').addColumn('fallback_model', text).execute();
};
