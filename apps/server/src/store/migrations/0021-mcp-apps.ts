import type { StoreMigration } from './store-migration.ts';

/** Pages of MCP Apps, which the results of tools in a session name by their digest. */
export const mcpApps: StoreMigration = async (db, { text, json }) => {
  await db.schema
    .createTable('mcp_apps')
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('page', json, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('mcp_apps_pkey', ['session_id', 'digest'])
    .execute();
};
