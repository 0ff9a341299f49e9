import type { StoreMigration } from './store-migration.ts';

/** What people were told of a budget in its period. */
export const budgetAlerts: StoreMigration = async (db, { text, integer }) => {
  await db.schema
    .createTable('budget_alerts')
    .addColumn('budget_id', text, (c) => c.notNull())
    .addColumn('period', text, (c) => c.notNull())
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('limit_micro_usd', integer, (c) => c.notNull())
    .addPrimaryKeyConstraint('budget_alerts_pkey', ['budget_id', 'period', 'kind', 'limit_micro_usd'])
    .execute();
};
