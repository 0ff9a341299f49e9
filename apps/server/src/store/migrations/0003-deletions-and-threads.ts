import { sql } from 'kysely';

import { IS_THREAD_EVENT } from '../thread-events.ts';
import type { StoreMigration } from './store-migration.ts';

/**
 * Deleted sessions whose rows are removed later, a journal that is cheaper to append to, and an index for threads.
 * The journal table is created again, since SQLite cannot drop a constraint.
 */
export const deletionsAndThreads: StoreMigration = async (db, types) => {
  const { text, json, integer } = types;

  await db.schema
    .createTable('deleted_sessions')
    .addColumn('id', text, (c) => c.primaryKey())
    .addColumn('agent_session_id', text, (c) => c.notNull().unique())
    .addColumn('deleted_at', text, (c) => c.notNull())
    .addColumn('purged_at', text)
    .execute();
  await sql`create index deleted_sessions_pending_idx on deleted_sessions (deleted_at, id) where purged_at is null`.execute(
    db,
  );

  await db.schema.alterTable('events').renameTo('events_before').execute();
  await db.schema
    .createTable('events')
    // No foreign key: the rows of a deleted session are removed after it, and every append gets its `seq` from the
    // session's row.
    .addColumn('session_id', text, (c) => c.notNull())
    .addColumn('seq', integer, (c) => c.notNull())
    .addColumn('id', text, (c) => c.notNull())
    .addColumn('type', text, (c) => c.notNull())
    .addColumn('body', json, (c) => c.notNull())
    .addColumn('created_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('events_session_id_seq_key', ['session_id', 'seq'])
    // The id first: ids rise with time, so that the appends of all sessions touch one page of this index instead of one each.
    .addUniqueConstraint('events_id_session_id_key', ['id', 'session_id'])
    .execute();
  const columns = sql.raw('session_id, seq, id, type, body, created_at');
  await sql`insert into events (${columns}) select ${columns} from events_before order by session_id, seq`.execute(db);
  await db.schema.dropTable('events_before').execute();

  await sql`create index events_threads_idx on events (session_id, seq) where ${IS_THREAD_EVENT}`.execute(db);
};
