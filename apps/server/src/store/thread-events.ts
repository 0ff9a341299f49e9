import { sql } from 'kysely';

/**
 * The events about the start, run and end of subagents. An index covers exactly these, so that listing them does not
 * read the rest of the journal: another list of types needs a migration.
 */
const THREAD_EVENT_TYPES = [
  'session.thread_created',
  'session.thread_status_running',
  'session.thread_status_idle',
  'session.status_idle',
  'session.process_restarting',
] as const;

/** The condition of that index. SQLite takes a partial index only where a statement repeats it, without parameters. */
export const IS_THREAD_EVENT = sql<boolean>`type in (${sql.join(THREAD_EVENT_TYPES.map((type) => sql.lit(type)))})`;
