import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/**
 * On PostgreSQL the entries of one person are a column and an index, so that the newest of them are read first; and titles have an
 * index of their own. The entries are made again from the journals.
 */
export const searchOwners: StoreMigration = async (db, { kind, text }) => {
  if (kind !== 'postgres') return;
  await sql`truncate search_entries, search_progress`.execute(db);
  await sql`alter table search_entries add column owner_id ${text} not null`.execute(db);
  await sql`create index search_entries_owner on search_entries (owner_id, position)`.execute(db);
  await sql`create index search_entries_titles on search_entries using gin (words) where kind = 'title'`.execute(db);
};
