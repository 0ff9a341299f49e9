import type { StoreMigration } from './store-migration.ts';

/** Browsers that want push messages, and messages for the webhook that it has not confirmed. */
export const notifications: StoreMigration = async (db, { text, json, integer }) => {
  await db.schema
    .createTable('push_subscriptions')
    // Ends with the sign-in, whose table belongs to accounts.
    .addColumn('sign_in_id', text, (c) => c.primaryKey())
    .addColumn('user_id', text, (c) => c.notNull())
    .addColumn('endpoint', text, (c) => c.notNull().unique())
    .addColumn('p256dh', text, (c) => c.notNull())
    .addColumn('auth', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex('push_subscriptions_user_id_idx').on('push_subscriptions').column('user_id').execute();

  await db.schema
    .createTable('webhook_messages')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('type', text, (c) => c.notNull())
    .addColumn('data', json, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('expires_at', text, (c) => c.notNull())
    .addColumn('attempts', integer, (c) => c.notNull())
    .addColumn('due_at', text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex('webhook_messages_due_at_idx').on('webhook_messages').column('due_at').execute();
};
