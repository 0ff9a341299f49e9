import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/** Budgets, what has been spent by day, and what calls in flight have reserved. Older calls are counted by days of UTC. */
export const budgets: StoreMigration = async (db, { text, integer, real }) => {
  await db.schema
    .createTable('budgets')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('scope', text, (c) => c.notNull())
    .addColumn('target_id', text, (c) => c.notNull())
    .addColumn('period', text, (c) => c.notNull())
    .addColumn('limit_micro_usd', integer, (c) => c.notNull())
    .addColumn('warn_at', real)
    .addColumn('version', integer, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex('budgets_target').on('budgets').columns(['scope', 'target_id']).execute();
  await db.schema
    .createTable('spend_days')
    .addColumn('scope', text, (c) => c.notNull())
    .addColumn('target_id', text, (c) => c.notNull())
    .addColumn('day', text, (c) => c.notNull())
    .addColumn('micro_usd', integer, (c) => c.notNull())
    .addColumn('unpriced', integer, (c) => c.notNull())
    .addPrimaryKeyConstraint('spend_days_pkey', ['scope', 'target_id', 'day'])
    .execute();
  await db.schema
    .createTable('budget_reservations')
    .addColumn('call_id', text, (c) => c.notNull())
    .addColumn('budget_id', text, (c) => c.notNull())
    .addColumn('micro_usd', integer, (c) => c.notNull())
    .addColumn('node_id', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('budget_reservations_pkey', ['budget_id', 'call_id'])
    .execute();
  // Calls of before are counted here.
  await db.schema
    .alterTable('model_requests')
    .addColumn('counted', integer, (c) => c.notNull().defaultTo(1))
    .execute();
  await sql`create index model_requests_uncounted on model_requests (id) where counted = 0`.execute(db);
  const fill = (scope: string, target: string) =>
    sql`insert into spend_days (scope, target_id, day, micro_usd, unpriced)
      select ${sql.lit(scope)}, ${sql.raw(target)}, substr(created_at, 1, 10),
        coalesce(sum(cost_micro_usd), 0), count(*) - count(cost_micro_usd)
      from model_requests where ${sql.raw(target)} is not null group by 2, 3`.execute(db);
  await fill('platform', `''`);
  await fill('user', 'owner_id');
  await fill('agent', 'agent_id');
};
