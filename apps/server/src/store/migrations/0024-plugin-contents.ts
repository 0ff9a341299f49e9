import type { StoreMigration } from './store-migration.ts';

/** The content of plugins for servers that share a database and no disk, in pieces. */
export const pluginContents: StoreMigration = async (db, { text, integer, bytes }) => {
  await db.schema
    .createTable('plugin_contents')
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('plugin_contents_pkey', ['name', 'digest'])
    .execute();
  await db.schema
    .createTable('plugin_content_chunks')
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('number', integer, (c) => c.notNull())
    .addColumn('data', bytes, (c) => c.notNull())
    .addPrimaryKeyConstraint('plugin_content_chunks_pkey', ['name', 'digest', 'number'])
    .addForeignKeyConstraint(
      'plugin_content_chunks_fkey',
      ['name', 'digest'],
      'plugin_contents',
      ['name', 'digest'],
      (constraint) => constraint.onDelete('cascade'),
    )
    .execute();
};
