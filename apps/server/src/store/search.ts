import { sql, type Kysely } from 'kysely';

import { findEntries, quoteLexeme } from './postgres/find-entries.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { StoreTables } from './schema.ts';
import type { SearchFound, SearchHit, SearchKind, SearchScope, SearchTerm } from './search-query.ts';
import { toSession, type Session } from './sessions.ts';
import { toStoredEvent, type StoredEvent } from './events.ts';

/** A text that is searched, as its words. */
export interface SearchEntry {
  /** 0 for the title. */
  seq: number;
  kind: SearchKind;
  words: readonly string[];
}

/** How far the texts of a session are known. */
export interface SearchProgress {
  ownerId: string;
  title: string | null;
  throughSeq: number;
}

/**
 * The words of titles, messages, commands and file names, and in which sessions they are. It follows the journals, and
 * can be made again from them, so backups leave it out.
 */
export interface SearchRepository {
  /**
   * Sessions with something new, the last changed first, from this one on.
   * @param updatedFrom ISO 8601
   */
  listStale(options: {
    updatedFrom: string;
    before?: StaleSession | undefined;
    limit: number;
  }): Promise<StaleSession[]>;
  findProgress(sessionId: string): Promise<SearchProgress | undefined>;
  /**
   * Adds entries, except for those that are there, and says how far that is. False when the session is gone, or somebody has done so since `before` was read;
   * then nothing is added.
   */
  add(
    sessionId: string,
    change: { before: SearchProgress | undefined; after: SearchProgress; entries: readonly SearchEntry[] },
  ): Promise<boolean>;
  /** Removes at most so many entries of a session, and behind the last one its progress. Returns their number. */
  remove(sessionId: string, limit: number): Promise<number>;
  /** The newest entries that have all terms, at most so many; on PostgreSQL as many titles as well, however old. */
  find(scope: SearchScope, terms: readonly SearchTerm[], limit: number): Promise<SearchFound>;
  /** The sessions of hits that are still there. */
  listSessions(sessionIds: readonly string[]): Promise<Session[]>;
  /** The events of hits. */
  readEvents(hits: readonly Pick<SearchHit, 'sessionId' | 'seq'>[]): Promise<StoredEvent[]>;
}

export interface StaleSession {
  id: string;
  updatedAt: string;
}

/** PostgreSQL takes no greater place of a word (16383, "Text Search Types" in its manual). */
const MAX_PLACE = 16_383;

export function createSearchRepository(context: RepositoryContext): SearchRepository {
  const { kind, db, atomically } = context;
  return {
    async listStale({ updatedFrom, before, limit }) {
      const rest = before ? sql`and (s.updated_at, s.id) < (${before.updatedAt}, ${before.id})` : sql``;
      const { rows } = await sql<{ id: string; updated_at: string }>`
        select s.id, s.updated_at from sessions as s left join search_progress as p on p.session_id = s.id
        where s.updated_at >= ${updatedFrom} ${rest}
          and (p.session_id is null or p.through_seq < s.last_seq or p.owner_id <> s.owner_id
            or p.title is distinct from s.title)
        order by s.updated_at desc, s.id desc limit ${sql.lit(limit)}`.execute(db);
      return rows.map((row) => ({ id: row.id, updatedAt: row.updated_at }));
    },

    async findProgress(sessionId) {
      const { rows } = await sql<{ owner_id: string; title: string | null; through_seq: number }>`
        select owner_id, title, through_seq from search_progress where session_id = ${sessionId}`.execute(db);
      const [row] = rows;
      return row && { ownerId: row.owner_id, title: row.title, throughSeq: row.through_seq };
    },

    add: (sessionId, { before, after, entries }) =>
      atomically(async (trx) => {
        if (!(await lockSession(trx, kind, sessionId))) return false;
        if (!(await moveOn(trx, sessionId, { before, after }))) return false;
        if (entries.some(({ seq }) => seq === 0))
          await removeEntries(trx, kind, await listPositions(trx, sessionId, { seq: 0 }));
        if (entries.length > 0) await insertEntries(trx, kind, { sessionId, ownerId: after.ownerId, entries });
        return true;
      }),

    remove: (sessionId, limit) => atomically((trx) => removeSearchEntries(trx, kind, { sessionId, limit })),

    async find(scope, terms, limit) {
      if (terms.length === 0) return { hits: [], isAll: true };
      if (kind === 'postgres') return atomically((trx) => findEntries(trx, scope, terms, limit));
      const { rows } = await sql<HitRow>`select e.session_id, e.seq, e.kind
        from search_index as i join search_entries as e on e.position = i.rowid
        where search_index match ${toMatch(scope, terms)} order by i.rowid desc limit ${sql.lit(limit)}`.execute(db);
      const hits = rows.map((row) => ({ sessionId: row.session_id, seq: row.seq, kind: row.kind }));
      return { hits, isAll: hits.length < limit };
    },

    async listSessions(sessionIds) {
      if (sessionIds.length === 0) return [];
      return (await db.selectFrom('sessions').selectAll().where('id', 'in', sessionIds).execute()).map(toSession);
    },

    async readEvents(hits) {
      if (hits.length === 0) return [];
      const places = hits.map(({ sessionId, seq }) => sql`(${sessionId}, ${sql.lit(seq)})`);
      const rows = await db
        .selectFrom('events')
        .selectAll()
        .where(sql<boolean>`(session_id, seq) in (values ${sql.join(places)})`)
        .execute();
      return rows.map(toStoredEvent);
    },
  };
}

interface HitRow {
  session_id: string;
  seq: number;
  kind: SearchKind;
}

/** A session that is being deleted is gone for whoever asks behind it. */
async function lockSession(
  trx: Kysely<StoreTables>,
  kind: RepositoryContext['kind'],
  sessionId: string,
): Promise<boolean> {
  const session = trx.selectFrom('sessions').select('id').where('id', '=', sessionId);
  return (await (kind === 'postgres' ? session.forKeyShare() : session).executeTakeFirst()) !== undefined;
}

async function moveOn(
  trx: Kysely<StoreTables>,
  sessionId: string,
  { before, after }: { before: SearchProgress | undefined; after: SearchProgress },
): Promise<boolean> {
  const { numAffectedRows } = await (
    before === undefined
      ? sql`insert into search_progress (session_id, owner_id, title, through_seq)
          values (${sessionId}, ${after.ownerId}, ${after.title}, ${after.throughSeq}) on conflict do nothing`
      : sql`update search_progress set title = ${after.title}, through_seq = ${after.throughSeq}
          where session_id = ${sessionId} and through_seq = ${before.throughSeq} and owner_id = ${before.ownerId}
            and title is not distinct from ${before.title}`
  ).execute(trx);
  return numAffectedRows === 1n;
}

async function insertEntries(
  trx: Kysely<StoreTables>,
  kind: RepositoryContext['kind'],
  { sessionId, ownerId, entries }: { sessionId: string; ownerId: string; entries: readonly SearchEntry[] },
): Promise<void> {
  if (kind === 'postgres') {
    const rows = entries.map(
      ({ seq, kind: of, words }) => sql`(${sessionId}, ${seq}, ${of}, ${ownerId}, ${toVector(words)}::tsvector)`,
    );
    await sql`insert into search_entries (session_id, seq, kind, owner_id, words) values ${sql.join(rows)}
      on conflict (session_id, seq) do nothing`.execute(trx);
    return;
  }
  const scope = [toOwnerWord(ownerId), toSessionWord(sessionId)].join(' ');
  for (const { seq, kind: of, words } of entries) {
    const { insertId, numAffectedRows } = await sql`insert into search_entries (session_id, seq, kind)
      values (${sessionId}, ${seq}, ${of}) on conflict (session_id, seq) do nothing`.execute(trx);
    if (numAffectedRows === 0n) continue;
    await sql`insert into search_index (rowid, scope, words)
      values (${insertId}, ${scope}, ${words.join(' ')})`.execute(trx);
  }
}

function toVector(words: readonly string[]): string {
  return words
    .slice(0, MAX_PLACE)
    .map((word, at) => `${quoteLexeme(word)}:${at + 1}`)
    .join(' ');
}

/** Removes at most so many entries of a session; behind the last one, its progress. Returns their number. */
export async function removeSearchEntries(
  trx: Kysely<StoreTables>,
  kind: RepositoryContext['kind'],
  { sessionId, limit }: { sessionId: string; limit: number },
): Promise<number> {
  const positions = await listPositions(trx, sessionId, { limit });
  await removeEntries(trx, kind, positions);
  if (positions.length < limit) await sql`delete from search_progress where session_id = ${sessionId}`.execute(trx);
  return positions.length;
}

async function listPositions(
  trx: Kysely<StoreTables>,
  sessionId: string,
  { seq, limit }: { seq?: number; limit?: number },
): Promise<number[]> {
  const { rows } = await sql<{ position: number }>`select position from search_entries
    where session_id = ${sessionId} ${seq === undefined ? sql`` : sql`and seq = ${seq}`}
    ${limit === undefined ? sql`` : sql`limit ${sql.lit(limit)}`}`.execute(trx);
  return rows.map(({ position }) => position);
}

async function removeEntries(
  trx: Kysely<StoreTables>,
  kind: RepositoryContext['kind'],
  positions: readonly number[],
): Promise<void> {
  if (positions.length === 0) return;
  const list = sql.join(positions);
  if (kind === 'sqlite') await sql`delete from search_index where rowid in (${list})`.execute(trx);
  await sql`delete from search_entries where position in (${list})`.execute(trx);
}

/** No word of a text has `_`, so none is taken for one of these. */
function toOwnerWord(ownerId: string): string {
  return `o_${ownerId}`;
}

function toSessionWord(sessionId: string): string {
  return `s_${sessionId}`;
}

function toScopeWords({ ownerId, sessionIds }: SearchScope): string[] {
  return [toOwnerWord(ownerId), ...sessionIds.map(toSessionWord)];
}

function toMatch(scope: SearchScope, terms: readonly SearchTerm[]): string {
  const phrases = terms.map(({ words, isPrefix }) => `"${words.join(' ')}"${isPrefix ? ' *' : ''}`);
  const scopes = toScopeWords(scope).map((word) => `"${word.replaceAll('"', '""')}"`);
  return `scope : (${scopes.join(' OR ')}) AND words : (${phrases.join(' AND ')})`;
}
