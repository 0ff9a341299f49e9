import type { StoreMigration } from './store-migration.ts';

/**
 * Sessions name vaults; vaults and credentials have a version, which guards their secret values, too; and one server at a
 * time may refresh a token.
 */
export const sessionVaults: StoreMigration = async (db, { text, json, integer }) => {
  await db.schema
    .alterTable('sessions')
    .addColumn('vault_ids', json, (c) => c.notNull().defaultTo('[]'))
    .execute();
  for (const table of ['vaults', 'vault_credentials'])
    await db.schema
      .alterTable(table)
      .addColumn('version', integer, (c) => c.notNull().defaultTo(1))
      .execute();
  await db.schema
    .createTable('named_leases')
    .addColumn('name', text, (c) => c.primaryKey())
    .addColumn('holder', text, (c) => c.notNull())
    .addColumn('expires_at', text, (c) => c.notNull())
    .execute();
};
