import type { StoreMigration } from './store-migration.ts';

/** What of workspaces people let run, by what the content belongs to: a repository, or a session. */
export const workspaceTrusts: StoreMigration = async (db, { text, json }) => {
  await db.schema
    .createTable('workspace_trusts')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('user_id', text, (c) => c.notNull())
    .addColumn('identity', text, (c) => c.notNull())
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('counts', json, (c) => c.notNull())
    .addColumn('trusted_at', text, (c) => c.notNull())
    .addUniqueConstraint('workspace_trusts_identity', ['user_id', 'identity'])
    .execute();
};
