import type { StoreMigration } from './store-migration.ts';

/** Skills that people upload, and their versions. Their content is on disk. */
export const skills: StoreMigration = async (db, { text, integer }) => {
  await db.schema
    .createTable('skills')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('name', text, (c) => c.notNull())
    .addColumn('display_name', text, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex('skills_owner_id_idx').on('skills').column('owner_id').execute();
  await db.schema
    .createTable('skill_versions')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('skill_id', text, (c) => c.notNull())
    .addColumn('description', text, (c) => c.notNull())
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('size_bytes', integer, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .execute();
  await db.schema.createIndex('skill_versions_skill_id_idx').on('skill_versions').column('skill_id').execute();
};
