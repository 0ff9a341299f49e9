import type { SessionEvent } from '@claude-sdk-pattern/protocol';
import { sql, type Kysely, type Selectable } from 'kysely';

import { toAuditFactRow, type AuditFact } from './audit-facts.ts';
import { toEventRows, type NewEvent, type RowsToAppend } from './event-rows.ts';
import { fromJson } from './json-column.ts';
import { appendEventsInOneStatement } from './postgres/append-events.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { EventTable, StoreTables } from './schema.ts';
import { explainRefusal } from './session-repository.ts';
import { appendBatchToSqlite } from './sqlite/append-batch.ts';
import { IS_THREAD_EVENT } from './thread-events.ts';

/** An event with its place in the journal. It never changes. */
export interface StoredEvent extends Omit<NewEvent, 'json'> {
  sessionId: string;
  seq: number;
  createdAt: string;
}

/** A stored event as text, for callers that pass it on unchanged. */
export interface EventText {
  seq: number;
  id: string;
  type: string;
  /** The body as JSON. */
  json: string;
}

export interface EventListOptions {
  /** Only these types; empty means all. */
  types?: readonly string[];
  order?: 'asc' | 'desc';
  /** Exclusive bounds of `seq`. */
  after?: number;
  before?: number;
  /** Bounds of when it was stored, as ISO 8601. */
  createdFrom?: string;
  createdAfter?: string;
  createdThrough?: string;
  createdBefore?: string;
  limit: number;
}

export interface EventPageOptions extends EventListOptions {
  /** A page ends with the event that makes its bodies, as JSON, this long or longer. */
  maxBytes: number;
}

export interface EventPage<T> {
  events: T[];
  /** Whether more events follow this page. */
  hasMore: boolean;
}

export interface CopyEventsOptions {
  fromSessionId: string;
  toSessionId: string;
  /** The last `seq` that was copied before. */
  afterSeq: number;
  /** The last `seq` to copy. */
  throughSeq: number;
}

export interface AppendEventsOptions {
  /** Called with the `seq` of the first event when they are committed, before they are safe from a power cut; never inside of a transaction. Must not throw. */
  onCommitted?: ((firstSeq: number) => void) | undefined;
  /** Facts for the audit log that are stored in the same transaction. */
  facts?: readonly AuditFact[] | undefined;
}

export interface EventRepository {
  /**
   * Appends in order and without gaps, and answers the `seq` of the first event (of the next one for an empty list).
   * Throws `StaleFenceError` when `fence` is not the session's, `not_found` without a session, and `conflict` when an
   * id is there already; then nothing is appended.
   */
  append(sessionId: string, fence: number, events: readonly NewEvent[], options?: AppendEventsOptions): Promise<number>;
  /** The first `limit` events with `seq > after`. */
  readAfter(sessionId: string, after: number, limit: number): Promise<StoredEvent[]>;
  /** The first events with `seq > after`, without decoding what is read. */
  readTextAfter(
    sessionId: string,
    after: number,
    bounds: Pick<EventPageOptions, 'limit' | 'maxBytes'>,
  ): Promise<EventPage<EventText>>;
  /** The last `limit` events with `seq < before` (null: from the end), in rising order. */
  readBefore(sessionId: string, before: number | null, limit: number): Promise<StoredEvent[]>;
  find(sessionId: string, eventId: string): Promise<StoredEvent | undefined>;
  list(sessionId: string, options: EventListOptions): Promise<StoredEvent[]>;
  /** As `list`, bounded in bytes, too; `bytes` are those of the body as JSON. */
  listPage(sessionId: string, options: EventPageOptions): Promise<EventPage<StoredEvent & { bytes: number }>>;
  /**
   * The first `limit` events with `seq > after` about the start, run and end of subagents, without reading others:
   * `session.thread_created`, `session.thread_status_running`, `session.thread_status_idle`, `session.status_idle`
   * and `session.process_restarting`.
   */
  listThreadEvents(sessionId: string, options: { after: number; limit: number }): Promise<StoredEvent[]>;
  /**
   * Copies a part of a session's journal, with ids and `seq`, to a session that will be created (a fork). Returns the
   * number of events; fewer than requested when the source session was deleted.
   */
  copy(options: CopyEventsOptions): Promise<number>;
  /** Gives a session that was just created the journal that was copied for it; answers its last `seq`. */
  adoptCopied(sessionId: string): Promise<number>;
}

export function createEventRepository(context: RepositoryContext): EventRepository {
  const { kind, db, now, atomically } = context;
  const eventsOf = (sessionId: string) => selectEvents(db, sessionId);
  const appendRows = (options: RowsToAppend): Promise<number | undefined> =>
    kind === 'postgres'
      ? appendEventsInOneStatement(db, options)
      : atomically(async (trx) => (await appendBatchToSqlite(trx, [options])).get(options.sessionId));

  const select = (sessionId: string, options: EventListOptions) => {
    const { types, order = 'asc', after, before, limit } = options;
    let query = eventsOf(sessionId);
    if (types?.length) query = query.where('type', 'in', types);
    if (after !== undefined) query = query.where('seq', '>', after);
    if (before !== undefined) query = query.where('seq', '<', before);
    if (options.createdFrom !== undefined) query = query.where('created_at', '>=', options.createdFrom);
    if (options.createdAfter !== undefined) query = query.where('created_at', '>', options.createdAfter);
    if (options.createdThrough !== undefined) query = query.where('created_at', '<=', options.createdThrough);
    if (options.createdBefore !== undefined) query = query.where('created_at', '<', options.createdBefore);
    return query.orderBy('seq', order).limit(limit);
  };

  const bytes = sql<number>`octet_length(${kind === 'postgres' ? sql`body::text` : sql`body`})`.as('bytes');

  /** How many of the first events a page has room for, and whether there are more. Reads no bodies on SQLite. */
  const measure = async (sessionId: string, { maxBytes, ...options }: EventPageOptions) => {
    const sizes = await select(sessionId, { ...options, limit: options.limit + 1 })
      .select(['seq', bytes])
      .execute();
    let count = 0;
    for (let sum = 0; count < Math.min(sizes.length, options.limit) && sum < maxBytes; count += 1) {
      sum += Number(sizes[count]?.bytes);
    }
    return { count, sizes, hasMore: sizes.length > count };
  };

  const list = async (sessionId: string, options: EventListOptions): Promise<StoredEvent[]> =>
    (await select(sessionId, options).selectAll().execute()).map(toStoredEvent);

  return {
    async append(sessionId, fence, events, { facts = [] } = {}) {
      const rows = toEventRows(events, now());
      const lastSeq = await appendRows({ sessionId, fence, rows, facts: facts.map(toAuditFactRow) });
      if (lastSeq === undefined) throw await explainRefusal(db, sessionId, fence);
      return lastSeq - rows.length + 1;
    },

    readAfter: (sessionId, after, limit) => list(sessionId, { after, limit }),

    async readTextAfter(sessionId, after, bounds) {
      const { count, hasMore } = await measure(sessionId, { after, ...bounds });
      const rows = select(sessionId, { after, limit: count }).select(['seq', 'id', 'type', 'body as json']);
      const events = count === 0 ? [] : await rows.execute();
      return { events, hasMore: hasMore && events.length > 0 };
    },

    async readBefore(sessionId, before, limit) {
      const page = await list(sessionId, { order: 'desc', limit, ...(before === null ? {} : { before }) });
      return page.toReversed();
    },

    async find(sessionId, eventId) {
      const row = await eventsOf(sessionId).selectAll().where('id', '=', eventId).executeTakeFirst();
      return row && toStoredEvent(row);
    },

    list,

    async listPage(sessionId, options) {
      const { count, sizes, hasMore } = await measure(sessionId, options);
      const events = count === 0 ? [] : await list(sessionId, { ...options, limit: count });
      return {
        events: events.map((event, index) => ({ ...event, bytes: Number(sizes[index]?.bytes) })),
        hasMore: hasMore && events.length > 0,
      };
    },

    async listThreadEvents(sessionId, { after, limit }) {
      const events = eventsOf(sessionId).selectAll().where(IS_THREAD_EVENT).where('seq', '>', after);
      return (await events.orderBy('seq').limit(limit).execute()).map(toStoredEvent);
    },

    async copy({ fromSessionId, toSessionId, afterSeq, throughSeq }) {
      const source = eventsOf(fromSessionId).where('seq', '>', afterSeq).where('seq', '<=', throughSeq);
      const result = await db
        .insertInto('events')
        .columns(['session_id', 'seq', 'id', 'type', 'body', 'created_at'])
        .expression(
          source.select(({ val }) => [val(toSessionId).as('session_id'), 'seq', 'id', 'type', 'body', 'created_at']),
        )
        .executeTakeFirst();
      return Number(result.numInsertedOrUpdatedRows ?? 0);
    },

    adoptCopied: (sessionId) => setLastSeq(db, sessionId),
  };
}

/** Rows outlive their session for a while: what has no session cannot be read. */
function selectEvents(db: Kysely<StoreTables>, sessionId: string) {
  return db
    .selectFrom('events')
    .where('session_id', '=', sessionId)
    .where(({ exists, selectFrom }) => exists(selectFrom('sessions').select('id').where('id', '=', sessionId)));
}

async function setLastSeq(db: Kysely<StoreTables>, sessionId: string): Promise<number> {
  const row = await db
    .updateTable('sessions')
    .set((eb) => ({
      last_seq: eb
        .selectFrom('events')
        .select((e) => e.fn.coalesce(e.fn.max('seq'), e.lit(0)).as('last'))
        .where('session_id', '=', sessionId),
    }))
    .where('id', '=', sessionId)
    .returning('last_seq')
    .executeTakeFirst();
  if (!row) throw await explainRefusal(db, sessionId);
  return row.last_seq;
}

export function toStoredEvent(row: Selectable<EventTable>): StoredEvent {
  return {
    sessionId: row.session_id,
    seq: row.seq,
    id: row.id,
    type: row.type,
    body: fromJson<SessionEvent>(row.body),
    createdAt: row.created_at,
  };
}
