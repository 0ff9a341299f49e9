import type { StoreMigration } from './store-migration.ts';

/** Approvals keep their input with masks in place of secrets; the digest tells whether a call is the one that was asked. */
export const inputDigests: StoreMigration = async (db, { text }) => {
  await db.schema.alterTable('approvals').addColumn('input_sha256', text).execute();
};
