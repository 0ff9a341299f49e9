import type { StoreMigration } from './store-migration.ts';

/** What is mounted into the workspaces of sessions. */
export const sessionResources: StoreMigration = async (db, { json }) => {
  await db.schema
    .alterTable('sessions')
    .addColumn('resources', json, (c) => c.notNull().defaultTo('[]'))
    .execute();
};
