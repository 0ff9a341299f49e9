import { sql } from 'kysely';

import { toSummary, type ApprovalSummary } from './approval-summary.ts';
import { parseCursor, toCursor } from './cursor.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { ShareLevel } from './shares.ts';

/** With the relation of the user who may answer it to its session. */
export interface AnswerableApproval extends ApprovalSummary {
  ownerId: string;
  /** Null for the owner, and where the session is not shared with the user. */
  level: ShareLevel | null;
  /** How many of its session the user may answer, those that the list leaves out included. */
  inSession: number;
}

export interface AnswerableOptions {
  /** Whether those of the user's own sessions count. */
  own: boolean;
  /** Those of sessions that the user has at one of these levels. */
  levels: readonly ShareLevel[];
  /** Whether what was handed to the operators counts. */
  handedOver: boolean;
  /** Only that approval. */
  id?: string;
  /** Only those of that session. */
  sessionId?: string;
}

export interface AnswerablePage {
  approvals: AnswerableApproval[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** Of one session. The others follow when these are answered. */
const MAX_OF_SESSION = 20;

/** All but the input, which may be a megabyte. */
const SUMMARY = [
  'approvals.id',
  'approvals.session_id',
  'approvals.tool_use_id',
  'approvals.tool_name',
  'approvals.title',
  'approvals.reason',
  'approvals.expires_at',
  'approvals.created_at',
  'approvals.four_eyes',
  'approvals.handed_over',
  'approvals.plugin',
] as const;

/** See `ApprovalRepository.listAnswerable`. */
export async function listAnswerable(
  { db, now }: Pick<RepositoryContext, 'db' | 'now'>,
  userId: string,
  options: AnswerableOptions & { limit: number; cursor?: string | null },
): Promise<AnswerablePage> {
  const { own, levels, handedOver, id, sessionId, limit, cursor } = options;
  let answerable = db
    .selectFrom('approvals')
    .innerJoin('sessions', 'sessions.id', 'approvals.session_id')
    .leftJoin('session_shares as share', (join) =>
      join.onRef('share.session_id', '=', 'approvals.session_id').on('share.user_id', '=', userId),
    )
    .select([...SUMMARY, 'sessions.owner_id', 'share.level'])
    .select([
      sql<string>`case when sessions.owner_id = ${userId} then '0' else '1' end || approvals.created_at`.as('place'),
      sql<number>`row_number() over (partition by approvals.session_id order by approvals.created_at, approvals.id)`.as(
        'rank',
      ),
      // PostgreSQL answers a count as text.
      sql<number | string>`count(*) over (partition by approvals.session_id)`.as('in_session'),
    ])
    .where('approvals.state', '=', 'pending')
    .where('approvals.kind', '=', 'approval')
    .where((where) => where.or([where('expires_at', 'is', null), where('expires_at', '>', now())]))
    .where((where) =>
      where.or([
        ...(own ? [where('sessions.owner_id', '=', userId)] : []),
        ...(levels.length > 0 ? [where('share.level', 'in', levels)] : []),
        ...(handedOver ? [where('handed_over', 'is not', null)] : []),
      ]),
    );
  if (sessionId !== undefined) answerable = answerable.where('approvals.session_id', '=', sessionId);
  let query = db.selectFrom(answerable.as('answerable')).selectAll();
  query = id === undefined ? query.where('rank', '<=', MAX_OF_SESSION) : query.where('id', '=', id);
  if (cursor) {
    const after = parseCursor(cursor);
    query = query.where(({ eb, refTuple, tuple }) => eb(refTuple('place', 'id'), '>', tuple(after.value, after.id)));
  }
  const rows = await query
    .orderBy('place')
    .orderBy('id')
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    approvals: shown.map((row) => ({
      ...toSummary(row),
      ownerId: row.owner_id,
      level: row.level as ShareLevel | null,
      inSession: Number(row.in_session),
    })),
    nextCursor: rows.length > limit && last ? toCursor({ value: last.place, id: last.id }) : null,
  };
}
