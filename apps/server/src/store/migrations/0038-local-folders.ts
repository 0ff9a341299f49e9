import type { StoreMigration } from './store-migration.ts';

/** Folders of the machine below which sessions may work, and which session holds one for itself. */
export const localFolders: StoreMigration = async (db, { text, json }) => {
  await db.schema
    .createTable('folder_roots')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('path', text, (c) => c.notNull().unique())
    .addColumn('label', text, (c) => c.notNull())
    .addColumn('roles', json, (c) => c.notNull())
    .addColumn('modes', json, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable('folder_leases')
    .addColumn('resource_id', text, (c) => c.primaryKey())
    .addColumn('path', text, (c) => c.notNull())
    .addColumn('session_id', text, (c) => c.notNull())
    .addColumn('taken_at', text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex('folder_leases_session').on('folder_leases').column('session_id').execute();
};
