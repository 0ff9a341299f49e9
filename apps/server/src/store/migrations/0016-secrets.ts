import type { StoreMigration } from './store-migration.ts';

/** Encrypted values. The vaults of the Managed Agents API describe some of them. */
export const secrets: StoreMigration = async (db, { text, json }) => {
  await db.schema
    .createTable('secrets')
    .addColumn('scope', text, (c) => c.notNull())
    // The agent, the user or the vault; empty for the platform's, because a part of a key cannot be null.
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('key_id', text, (c) => c.notNull())
    .addColumn('wrapped_key', text, (c) => c.notNull())
    .addColumn('ciphertext', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('secrets_pk', ['scope', 'owner_id', 'name'])
    .execute();
  await db.schema.createIndex('secrets_key_id_idx').on('secrets').column('key_id').execute();

  for (const table of ['vaults', 'vault_credentials']) {
    await db.schema
      .createTable(table)
      .addColumn('id', text, (c) => c.primaryKey())
      // The user who owns the vault; the vault that has the credential.
      .addColumn('parent_id', text, (c) => c.notNull())
      // What clients see, without the times.
      .addColumn('content', json, (c) => c.notNull())
      .addColumn('created_at', text, (c) => c.notNull())
      .addColumn('updated_at', text, (c) => c.notNull())
      .addColumn('archived_at', text)
      .execute();
    await db.schema.createIndex(`${table}_parent_id_idx`).on(table).column('parent_id').execute();
  }
};
