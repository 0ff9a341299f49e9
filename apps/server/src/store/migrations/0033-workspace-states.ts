import type { StoreMigration } from './store-migration.ts';

/** Which states of its workspace a session has had, by turn. Their content is with the workspace. */
export const workspaceStates: StoreMigration = async (db, { text, json, integer }) => {
  await db.schema
    .createTable('workspace_states')
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('ordinal', integer, (c) => c.notNull())
    .addColumn('turn', integer, (c) => c.notNull())
    .addColumn('reason', text, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('changed_files', integer, (c) => c.notNull())
    .addColumn('left_out', json, (c) => c.notNull())
    .addColumn('node_id', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('workspace_states_pkey', ['session_id', 'ordinal'])
    .execute();
};
