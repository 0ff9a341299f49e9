import type { StoreMigration } from './store-migration.ts';

/** The limit of a session's own budget, in micro-dollars, as its row in `budgets` has it. */
export const sessionBudgets: StoreMigration = async (db, { integer }) => {
  await db.schema.alterTable('sessions').addColumn('budget_micro_usd', integer).execute();
};
