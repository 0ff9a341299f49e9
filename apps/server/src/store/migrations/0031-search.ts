import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/**
 * What sessions are found by. All of it can be made again from the journals. SQLite keeps the words in FTS5, without the
 * texts; PostgreSQL in a tsvector.
 */
export const search: StoreMigration = async (db, { kind, text, integer, risingKey }) => {
  await sql`create table search_entries (position ${risingKey}, session_id ${text} not null, seq ${integer} not null,
    kind ${text} not null ${sql.raw(kind === 'postgres' ? ', words tsvector not null' : '')},
    unique (session_id, seq))`.execute(db);
  await sql`create table search_progress (session_id ${text} primary key, owner_id ${text} not null,
    title ${text}, through_seq ${integer} not null)`.execute(db);
  if (kind === 'postgres') {
    await sql`create index search_entries_words on search_entries using gin (words)`.execute(db);
    return;
  }
  // A session's and a user's id is one word; ours have no marks left that could be taken away.
  await sql`create virtual table search_index using fts5(scope, words, content='', contentless_delete=1, prefix='3',
    tokenize="unicode61 remove_diacritics 0 tokenchars '_'")`.execute(db);
};
