import type { StoreMigration } from './store-migration.ts';

/** What the folders of a session take on the disk of a server, as last measured there. */
export const diskUse: StoreMigration = async (db, { text, integer }) => {
  await db.schema
    .createTable('disk_use')
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('node_id', text, (c) => c.notNull())
    .addColumn('bytes', integer, (c) => c.notNull())
    .addColumn('entries', integer, (c) => c.notNull())
    .addColumn('measured_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('disk_use_pkey', ['session_id', 'node_id'])
    .execute();
};
