import type { StoreMigration } from './store-migration.ts';

/** Forks that are being copied: rows of sessions that are not there yet. */
export const forks: StoreMigration = async (db, { text }) => {
  await db.schema
    .createTable('forks')
    .addColumn('session_id', text, (c) => c.primaryKey())
    .addColumn('agent_session_id', text, (c) => c.notNull())
    .addColumn('node_id', text, (c) => c.notNull())
    .addColumn('started_at', text, (c) => c.notNull())
    .execute();
};
