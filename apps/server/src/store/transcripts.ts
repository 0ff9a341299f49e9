import { sql } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import { prepareEach } from './prepared.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { TranscriptEntry } from './transcript-entry.ts';
import { FIRST_MARK_UUID, followBranches, hasConversation } from './transcript-branches.ts';

/**
 * The key of a transcript, in the shape of the Agent SDK's `SessionKey`. `projectKey` is accepted and ignored: it
 * derives from the working directory, which may differ between nodes, while `sessionId` is a random uuid.
 */
export interface TranscriptKey {
  projectKey?: string;
  sessionId: string;
  /** Absent for the main transcript. */
  subpath?: string;
}

export type { TranscriptEntry };

export interface TranscriptPart {
  after: number;
  through: number;
  limit: number;
}

/** The `SessionStore` of the Agent SDK, with methods that read parts of a transcript. */
export interface TranscriptRepository {
  /** Appends in order. Skips an entry whose uuid is stored already, so that a repeated append changes nothing. */
  append(key: TranscriptKey, entries: readonly TranscriptEntry[]): Promise<void>;
  /**
   * The entries in order, or null when there are none. Of a main transcript with branches, those of the conversation as it is
   * now; null where that has not begun.
   */
  load(key: TranscriptKey): Promise<TranscriptEntry[] | null>;
  /**
   * The first `limit` entries with `after < position <= through`, and the position of the last one: for reading a
   * long transcript in parts.
   */
  loadPart(key: TranscriptKey, part: TranscriptPart): Promise<{ entries: TranscriptEntry[]; position: number }>;
  /** The position of the last entry, or of the last one before the entry with a uuid; 0 when there is none. */
  findEnd(key: TranscriptKey, options?: { beforeUuid?: string | undefined }): Promise<number>;
  /** Whether `load` finds entries. */
  has(key: TranscriptKey): Promise<boolean>;
  /** The subpaths (subagents) under a session. */
  listSubkeys(key: { sessionId: string }): Promise<string[]>;
  /** Deletes a transcript; without a subpath those of its subagents too. */
  delete(key: TranscriptKey): Promise<void>;
  /** Whether the transcript has an entry with this uuid, so whether the agent has received that user message. */
  hasUuid(key: TranscriptKey, uuid: string): Promise<boolean>;
  /** Those of the uuids that the transcript has entries with. */
  findUuids(key: TranscriptKey, uuids: readonly string[]): Promise<Set<string>>;
  /** Whether the transcript has entries in any branch. */
  hasAny(key: TranscriptKey): Promise<boolean>;
  /** The newest entry that `matches` among the last few with a uuid; undefined without one. It is one that `load` finds. */
  findLast(key: TranscriptKey, matches: (entry: TranscriptEntry) => boolean): Promise<TranscriptEntry | undefined>;
  /** Bytes of a session's transcript and its subagents' transcripts, counted by `toEntryBytes`. */
  measure(key: { sessionId: string }): Promise<number>;
}

/** Bytes of a row besides its entry. */
const ROW_BYTES = 100;
/** How far `findLast` looks back. */
const MAX_LOOKED_AT = 50;

/** How an entry is counted. */
export function toEntryBytes(entry: TranscriptEntry): number {
  return Buffer.byteLength(toJson(entry)) + ROW_BYTES;
}

/** Rows in one INSERT, four parameters each. */
const ROWS_PER_INSERT = 500;
const MAIN = '';

/** A running process sends a few at a time. */
const MAX_PREPARED_ROWS = 8;

/** By the number of rows. The values of row n are at index 2n (its uuid) and 2n + 1 (its entry). */
const insertEntries = prepareEach<
  number,
  Record<number, string | null> & { sessionId: string; subpath: string },
  unknown
>((count, db, value) =>
  db
    .insertInto('transcript_entries')
    .values(
      Array.from({ length: count }, (_, index) => ({
        agent_session_id: value('sessionId'),
        subpath: value('subpath'),
        uuid: value(index * 2),
        entry: value(index * 2 + 1) as string,
      })),
    )
    .onConflict((conflict) => conflict.doNothing()),
);

/** Over 100 lines: a flat list of statements. */
export function createTranscriptRepository(context: RepositoryContext): TranscriptRepository {
  const { db, kind } = context;
  // Rows outlive their deleted session for a while.
  const entriesOf = (sessionId: string) =>
    db
      .selectFrom('transcript_entries')
      .where('agent_session_id', '=', sessionId)
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('deleted_sessions').select('id').where('deleted_sessions.agent_session_id', '=', sessionId),
          ),
        ),
      );
  /** Reads no entries where nothing was branched, which is nearly always. */
  const isBranched = async ({ sessionId, subpath = MAIN }: TranscriptKey): Promise<boolean> => {
    if (subpath !== MAIN) return false;
    const marks = entriesOf(sessionId).where('subpath', '=', MAIN).where('uuid', '>=', FIRST_MARK_UUID);
    return (await marks.select('position').limit(1).executeTakeFirst()) !== undefined;
  };
  const hasAny = async ({ sessionId, subpath = MAIN }: TranscriptKey): Promise<boolean> => {
    const entry = entriesOf(sessionId).select('position');
    return (await entry.where('subpath', '=', subpath).limit(1).executeTakeFirst()) !== undefined;
  };
  const load = async ({ sessionId, subpath = MAIN }: TranscriptKey): Promise<TranscriptEntry[] | null> => {
    const entries = entriesOf(sessionId).select('entry');
    const rows = await entries.where('subpath', '=', subpath).orderBy('position').execute();
    const all = rows.map((row) => fromJson<TranscriptEntry>(row.entry));
    const kept = followBranches(all);
    if (kept === all) return all.length === 0 ? null : all;
    return hasConversation(kept) ? kept : null;
  };

  return {
    async append({ sessionId, subpath = MAIN }, entries) {
      const rows = entries.map((entry) => ({
        agent_session_id: sessionId,
        subpath,
        uuid: entry.uuid ?? null,
        entry: toJson(entry),
      }));
      // Not one transaction. After a failure the caller repeats the append: entries with a uuid are skipped, and the
      // few without one (titles, modes) mean the same when they occur twice.
      if (rows.length > 0 && rows.length <= MAX_PREPARED_ROWS) {
        const values = Object.fromEntries(rows.flatMap(({ uuid, entry }) => [uuid, entry]).entries());
        await insertEntries(rows.length)(context, { ...values, sessionId, subpath });
        return;
      }
      for (let start = 0; start < rows.length; start += ROWS_PER_INSERT) {
        const insert = db.insertInto('transcript_entries').values(rows.slice(start, start + ROWS_PER_INSERT));
        await insert.onConflict((conflict) => conflict.doNothing()).execute();
      }
    },

    load,

    async loadPart({ sessionId, subpath = MAIN }, { after, through, limit }) {
      const part = entriesOf(sessionId).where('subpath', '=', subpath).where('position', '>', after);
      const rows = await part
        .where('position', '<=', through)
        .select(['entry', 'position'])
        .orderBy('position')
        .limit(limit)
        .execute();
      const entries = rows.map((row) => fromJson<TranscriptEntry>(row.entry));
      return { entries, position: rows.at(-1)?.position ?? through };
    },

    async findEnd({ sessionId, subpath = MAIN }, { beforeUuid } = {}) {
      const entries = entriesOf(sessionId).where('subpath', '=', subpath);
      const cut =
        beforeUuid === undefined
          ? undefined
          : await entries.where('uuid', '=', beforeUuid).select('position').executeTakeFirst();
      const before = cut === undefined ? entries : entries.where('position', '<', cut.position);
      const row = await before.select('position').orderBy('position', 'desc').limit(1).executeTakeFirst();
      return row?.position ?? 0;
    },

    async has(key) {
      return (await isBranched(key)) ? (await load(key)) !== null : hasAny(key);
    },

    hasAny,

    async listSubkeys({ sessionId }) {
      const others = entriesOf(sessionId).select('subpath').distinct().where('subpath', '!=', MAIN);
      return (await others.orderBy('subpath').execute()).map((row) => row.subpath);
    },

    async delete({ sessionId, subpath }) {
      let statement = db.deleteFrom('transcript_entries').where('agent_session_id', '=', sessionId);
      if (subpath !== undefined) statement = statement.where('subpath', '=', subpath);
      await statement.execute();
    },

    async hasUuid({ sessionId, subpath = MAIN }, uuid) {
      const entry = entriesOf(sessionId).select('uuid');
      return (await entry.where('subpath', '=', subpath).where('uuid', '=', uuid).executeTakeFirst()) !== undefined;
    },

    async findUuids({ sessionId, subpath = MAIN }, uuids) {
      const found = new Set<string>();
      for (let start = 0; start < uuids.length; start += ROWS_PER_INSERT) {
        const some = uuids.slice(start, start + ROWS_PER_INSERT);
        const entries = entriesOf(sessionId).where('subpath', '=', subpath).where('uuid', 'in', some).select('uuid');
        for (const { uuid } of await entries.execute()) if (uuid !== null) found.add(uuid);
      }
      return found;
    },

    async findLast({ sessionId, subpath = MAIN }, matches) {
      if (await isBranched({ sessionId, subpath }))
        return (await load({ sessionId, subpath }))?.findLast((entry) => entry.uuid !== undefined && matches(entry));
      const entries = entriesOf(sessionId).where('subpath', '=', subpath).where('uuid', 'is not', null);
      const positions = await entries.select('position').orderBy('position', 'desc').limit(MAX_LOOKED_AT).execute();
      // One at a time: each may be large.
      for (const { position } of positions) {
        const row = await entries.where('position', '=', position).select('entry').executeTakeFirst();
        const entry = row && fromJson<TranscriptEntry>(row.entry);
        if (entry && matches(entry)) return entry;
      }
      return undefined;
    },

    async measure({ sessionId }) {
      // SQLite knows a text's length without reading it, and PostgreSQL has no length of json.
      const bytes = kind === 'sqlite' ? sql`octet_length(entry)` : sql`octet_length(entry::text)`;
      const sum = sql<number | string | null>`sum(${bytes} + ${sql.lit(ROW_BYTES)})`.as('sum');
      return Number((await entriesOf(sessionId).select(sum).executeTakeFirst())?.sum ?? 0);
    },
  };
}
