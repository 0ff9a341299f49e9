import type { StoreMigration } from './store-migration.ts';

/** Mails to operators: those that wait, and what was told within the last hour. */
export const mails: StoreMigration = async (db, { text, integer }) => {
  await db.schema
    .createTable('mails')
    .addColumn('key', text, (c) => c.primaryKey())
    .addColumn('subject', text, (c) => c.notNull())
    .addColumn('text', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('attempts', integer, (c) => c.notNull())
    .addColumn('due_at', text)
    .execute();
  await db.schema.createIndex('mails_due_at_idx').on('mails').column('due_at').execute();
};
