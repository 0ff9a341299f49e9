import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/** Owners of agents and environments, what a session was created with, and files. */
export const definitionsAndFiles: StoreMigration = async (db, types) => {
  const { text, json, integer } = types;

  for (const table of ['agents', 'environments']) {
    await db.schema.alterTable(table).addColumn('owner_id', text).execute();
    await db.schema
      .alterTable(table)
      .addColumn('scope', text, (c) => c.notNull().defaultTo('account'))
      .execute();
    await db.schema.alterTable(table).addColumn('first_created_at', text).execute();
    await sql`update ${sql.table(table)} set first_created_at = (
      select min(other.created_at) from ${sql.table(table)} as other where other.id = ${sql.ref(`${table}.id`)}
    )`.execute(db);
    await db.schema
      .createIndex(`${table}_first_created_at_id_idx`)
      .on(table)
      .columns(['first_created_at', 'id'])
      .execute();
  }

  await db.schema.alterTable('sessions').addColumn('agent', json).execute();
  await db.schema.createIndex('sessions_environment_id_idx').on('sessions').column('environment_id').execute();

  await db.schema
    .createTable('files')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('filename', text, (c) => c.notNull())
    .addColumn('mime_type', text, (c) => c.notNull())
    .addColumn('size_bytes', integer, (c) => c.notNull())
    .addColumn('session_id', text)
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('expires_at', text)
    .execute();
  await db.schema
    .createIndex('files_owner_id_created_at_id_idx')
    .on('files')
    .columns(['owner_id', 'created_at', 'id'])
    .execute();
  await db.schema.createIndex('files_expires_at_idx').on('files').column('expires_at').execute();
};
