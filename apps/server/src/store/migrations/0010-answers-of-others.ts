import type { StoreMigration } from './store-migration.ts';

/** Who may not allow an approval, and who has handed it to the operators. */
export const answersOfOthers: StoreMigration = async (db, { json }) => {
  await db.schema.alterTable('approvals').addColumn('four_eyes', json).execute();
  await db.schema.alterTable('approvals').addColumn('handed_over', json).execute();
};
