import { sql } from 'kysely';

import type { StoreMigration } from './store-migration.ts';

/**
 * A number that changes with what is shared with anybody, so that servers read the shares only then. Triggers change it: also
 * a deleted session ends its shares. On PostgreSQL at the commit, as the last lock that a transaction takes, so that it is in
 * no deadlock.
 */
export const shareVersion: StoreMigration = async (db, { kind, integer }) => {
  await db.schema
    .createTable('share_state')
    .addColumn('id', integer, (c) => c.primaryKey())
    .addColumn('version', integer, (c) => c.notNull())
    .execute();
  await sql`insert into share_state (id, version) values (1, 0)`.execute(db);
  const note = 'update share_state set version = version + 1 where id = 1;';
  if (kind === 'postgres') {
    await sql
      .raw(
        `create function note_share_change() returns trigger language plpgsql as $$ begin ${note} return null; end $$`,
      )
      .execute(db);
    for (const [name, change] of [
      ['session_shares_note_change', 'insert or update or delete on session_shares'],
      ['sessions_note_owner', 'update of owner_id on sessions'],
    ])
      await sql
        .raw(
          `create constraint trigger ${name} after ${change}
          deferrable initially deferred for each row execute function note_share_change()`,
        )
        .execute(db);
    return;
  }
  for (const [name, change] of [
    ['session_shares_note_insert', 'insert on session_shares'],
    ['session_shares_note_update', 'update on session_shares'],
    ['session_shares_note_delete', 'delete on session_shares'],
    ['sessions_note_owner', 'update of owner_id on sessions'],
  ])
    await sql.raw(`create trigger ${name} after ${change} begin ${note} end`).execute(db);
};
