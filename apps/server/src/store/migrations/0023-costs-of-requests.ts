import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/** The cost of a model call in whole micro-dollars, the prices it was counted at, and who made the call. */
export const costsOfRequests: StoreMigration = async (db, { text, integer }) => {
  const add = (column: string, type: typeof text) =>
    db.schema.alterTable('model_requests').addColumn(column, type).execute();
  const addNumber = (column: string) =>
    db.schema
      .alterTable('model_requests')
      .addColumn(column, integer, (c) => c.notNull().defaultTo(0))
      .execute();
  await add('agent_id', text);
  await db.schema
    .alterTable('model_requests')
    .addColumn('cause', text, (c) => c.notNull().defaultTo('agent'))
    .execute();
  await addNumber('cache_write_1h_tokens');
  await addNumber('web_searches');
  await add('cost_micro_usd', integer);
  await add('price_version', text);
  await sql`update model_requests set cost_micro_usd = round(cost_usd * 1000000)`.execute(db);
  await sql`update model_requests set agent_id = (select agent_id from sessions where sessions.id = model_requests.session_id)`.execute(
    db,
  );
  await db.schema.alterTable('model_requests').dropColumn('cost_usd').execute();
};
