import type { StoreMigration } from './store-migration.ts';

/** With whom sessions are shared, and which files the messages of a session name. */
export const shares: StoreMigration = async (db, { text }) => {
  await db.schema
    .createTable('session_shares')
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('user_id', text, (c) => c.notNull())
    .addColumn('level', text, (c) => c.notNull())
    .addColumn('granted_by', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('session_shares_pkey', ['session_id', 'user_id'])
    .execute();
  await db.schema.createIndex('session_shares_user_id_idx').on('session_shares').column('user_id').execute();

  await db.schema
    .createTable('session_files')
    .addColumn('session_id', text, (c) => c.notNull().references('sessions.id').onDelete('cascade'))
    .addColumn('file_id', text, (c) => c.notNull().references('files.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('session_files_pkey', ['session_id', 'file_id'])
    .execute();
  await db.schema.createIndex('session_files_file_id_idx').on('session_files').column('file_id').execute();
};
