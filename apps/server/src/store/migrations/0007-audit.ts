import type { StoreMigration } from './store-migration.ts';

/** The audit log: facts that wait to be chained, the chained entries, and signed checkpoints. */
export const audit: StoreMigration = async (db, types) => {
  const { text, json, integer, risingKey } = types;

  await db.schema
    .createTable('audit_facts')
    .addColumn('position', risingKey)
    .addColumn('at', text, (c) => c.notNull())
    .addColumn('actor_type', text, (c) => c.notNull())
    .addColumn('actor_id', text)
    .addColumn('action', text, (c) => c.notNull())
    .addColumn('target_type', text, (c) => c.notNull())
    .addColumn('target_id', text)
    .addColumn('outcome', text, (c) => c.notNull())
    .addColumn('details', json, (c) => c.notNull())
    .execute();

  await db.schema
    .createTable('audit_entries')
    .addColumn('seq', integer, (c) => c.primaryKey())
    .addColumn('at', text, (c) => c.notNull())
    .addColumn('actor_type', text, (c) => c.notNull())
    .addColumn('actor_id', text)
    .addColumn('action', text, (c) => c.notNull())
    .addColumn('target_type', text, (c) => c.notNull())
    .addColumn('target_id', text)
    .addColumn('outcome', text, (c) => c.notNull())
    .addColumn('details', json, (c) => c.notNull())
    .addColumn('prev_hash', text, (c) => c.notNull())
    .addColumn('hash', text, (c) => c.notNull())
    .execute();
  for (const column of ['action', 'actor_id', 'target_id', 'at']) {
    await db.schema
      .createIndex(`audit_entries_${column}_seq_idx`)
      .on('audit_entries')
      .columns([column, 'seq'])
      .execute();
  }

  await db.schema
    .createTable('audit_checkpoints')
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('seq', integer, (c) => c.notNull())
    .addColumn('hash', text, (c) => c.notNull())
    .addColumn('at', text, (c) => c.notNull())
    .addColumn('public_key', text, (c) => c.notNull())
    .addColumn('signature', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('audit_checkpoints_pkey', ['kind', 'seq'])
    .execute();
};
