import { sql, type Kysely, type RawBuilder } from 'kysely';

import type { StoreTables } from '../schema.ts';
import type { SearchFound, SearchHit, SearchKind, SearchScope, SearchTerm } from '../search-query.ts';

/** Of the newest entries of a person, so many are looked through before the index of words is asked. */
const WALKED = 20_000;
/** So many places among them are enough to be shown. */
const ENOUGH = 30;
/** Beginnings of words are gathered word by word, which pays only where those are so much rarer than the whole words. */
const WORTH_GATHERING = 15;

interface HitRow {
  position: number;
  session_id: string;
  seq: number;
  kind: SearchKind;
}

/**
 * The newest entries that have all terms, at most `limit` and as many titles. PostgreSQL's index of words has no order: it fetches all places of a frequent word, and the
 * planner knows neither phrases nor whose entries have a word. So the newest entries of the person are looked through first. A frequent word
 * is found there; a rare one has few places in the index. `db` is a transaction.
 */
export async function findEntries(
  db: Kysely<StoreTables>,
  { ownerId, sessionIds }: SearchScope,
  terms: readonly SearchTerm[],
  limit: number,
): Promise<SearchFound> {
  const all = toTsQuery(terms);
  const newest = await sql<HitRow>`select position, session_id, seq, kind from
    (select * from search_entries where owner_id = ${ownerId} order by position desc limit ${sql.lit(WALKED)}) as newest
    where words @@ ${all}::tsquery limit ${sql.lit(limit)}`.execute(db);
  const isEnough = newest.rows.length >= Math.min(ENOUGH, limit);
  // Else it would look through the whole table where it takes the words for frequent.
  await sql`set local enable_seqscan = off`.execute(db);
  const wanted = isEnough ? sql`words @@ ${all}::tsquery and kind = 'title'` : await toIndexed(db, terms);
  const own =
    newest.rows.length >= limit
      ? { rows: [] }
      : await sql<HitRow>`select position, session_id, seq, kind from search_entries
          where owner_id = ${ownerId} and ${wanted} order by position + 0 desc limit ${sql.lit(limit)}`.execute(db);
  const shared =
    sessionIds.length === 0
      ? { rows: [] }
      : await sql<HitRow>`select position, session_id, seq, kind from search_entries
          where session_id = any(${sessionIds}::text[]) and words @@ ${all}::tsquery
          order by position + 0 desc limit ${sql.lit(limit)}`.execute(db);
  const found = new Map([...newest.rows, ...own.rows, ...shared.rows].map((row) => [row.position, row]));
  const rows = [...found.values()].toSorted((one, other) => other.position - one.position);
  const places = rows.filter(({ kind }) => kind !== 'title').slice(0, limit);
  const last = places.length === limit ? (places.at(-1)?.position ?? 0) : 0;
  // Titles say most, however old they are.
  const hits = rows.filter(({ kind, position }) => kind === 'title' || position >= last).map(toHit);
  return { hits, isAll: !isEnough && own.rows.length < limit && shared.rows.length < limit };
}

/** What the index of words is asked for: all terms, or the whole words alone where a beginning is that of very many. */
async function toIndexed(db: Kysely<StoreTables>, terms: readonly SearchTerm[]): Promise<RawBuilder<unknown>> {
  const all = toTsQuery(terms);
  const whole = toTsQuery(toWholeWords(terms));
  const beginning = terms.findLast(({ isPrefix }) => isPrefix)?.words.at(-1);
  if (whole === '' || beginning === undefined) return sql`words @@ ${all}::tsquery`;
  const gathered = await estimate(db, `${quoteLexeme(beginning)}:*`);
  if (gathered < WORTH_GATHERING * (await estimate(db, whole))) return sql`words @@ ${all}::tsquery`;
  // Behind a function the index is not asked.
  return sql`words @@ ${whole}::tsquery and coalesce(words, '') @@ ${all}::tsquery`;
}

function toWholeWords(terms: readonly SearchTerm[]): SearchTerm[] {
  return terms.flatMap(({ words, isPrefix }) =>
    words.slice(0, isPrefix ? -1 : undefined).map((word) => ({ words: [word], isPrefix: false })),
  );
}

/** How many entries have these words, as the planner takes it. */
async function estimate(db: Kysely<StoreTables>, query: string): Promise<number> {
  const { rows } = await sql<{ 'QUERY PLAN': string }>`explain (format json)
    select from search_entries where words @@ ${query}::tsquery`.execute(db);
  const [explained] = JSON.parse(rows[0]?.['QUERY PLAN'] ?? '[]') as { Plan: { 'Plan Rows': number } }[];
  return explained?.Plan['Plan Rows'] ?? 0;
}

function toHit({ session_id: sessionId, seq, kind }: HitRow): SearchHit {
  return { sessionId, seq, kind };
}

/** Words that stand one behind the other, and the beginning of the last, in the language of PostgreSQL. */
export function toTsQuery(terms: readonly SearchTerm[]): string {
  return terms
    .map(({ words, isPrefix }) => `(${words.map(quoteLexeme).join(' <-> ')}${isPrefix ? ':*' : ''})`)
    .join(' & ');
}

/** A word as `tsvector` and `tsquery` take it. */
export function quoteLexeme(word: string): string {
  return `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
