import { sql, type Kysely } from 'kysely';

import { parseCursor, toCursor } from './cursor.ts';
import { toPlainText } from './json-column.ts';
import type { StoreTables } from './schema.ts';
import { toSession, type Session, type SessionStatus } from './sessions.ts';

export interface SessionListOptions {
  /** Null lists the sessions of every owner. */
  ownerId: string | null;
  /** Only sessions of others that are shared with this user. */
  sharedWith?: string;
  includeArchived?: boolean;
  /** Part of a title, in any case. */
  search?: string;
  agentId?: string;
  agentVersion?: number;
  environmentId?: string;
  deploymentId?: string;
  /** Empty means any. */
  statuses?: readonly SessionStatus[];
  /** True only pinned ones, false only others. */
  pinned?: boolean;
  /** ISO 8601, inclusive. */
  createdFrom?: string;
  /** ISO 8601, exclusive. */
  createdAfter?: string;
  /** ISO 8601, inclusive. */
  createdThrough?: string;
  /** ISO 8601, exclusive. */
  createdBefore?: string;
  sortBy?: 'updatedAt' | 'createdAt';
  order?: 'asc' | 'desc';
  limit: number;
  /** `nextCursor` of the page before, or `previousCursor` of the one after, asked with the same `sortBy` and `order`. */
  cursor?: string | null;
}

export interface SessionPage {
  sessions: Session[];
  /** Null on the last page. */
  nextCursor: string | null;
  /** Null on the first page. */
  previousCursor: string | null;
}

/** Begins a cursor that leads backwards; no other cursor begins so, as each is base64 of a JSON list. */
const BACKWARDS = '-';

/** Lists sessions by time and id. Throws `invalid_cursor`. */
export async function listSessions(db: Kysely<StoreTables>, options: SessionListOptions): Promise<SessionPage> {
  const { sortBy = 'updatedAt', order = 'desc', limit } = options;
  const isBackwards = options.cursor?.startsWith(BACKWARDS) === true;
  const direction = isBackwards === (order === 'asc') ? 'desc' : 'asc';
  const column = sortBy === 'updatedAt' ? 'updated_at' : 'created_at';
  const { ownerId, search, agentId, agentVersion, environmentId, deploymentId, statuses, pinned, cursor } = options;
  const { createdFrom, createdAfter, createdThrough, createdBefore } = options;

  let query = db.selectFrom('sessions').selectAll();
  if (ownerId !== null) query = query.where('owner_id', '=', ownerId);
  if (options.sharedWith !== undefined) {
    const shared = db.selectFrom('session_shares').select('session_id').where('user_id', '=', options.sharedWith);
    query = query.where('id', 'in', shared).where('owner_id', '!=', options.sharedWith);
  }
  if (!options.includeArchived) query = query.where('archived_at', 'is', null);
  if (search) query = query.where(sql<boolean>`title_folded like ${toPattern(search)} escape '!'`);
  if (agentId !== undefined) query = query.where('agent_id', '=', agentId);
  if (agentVersion !== undefined) query = query.where('agent_version', '=', agentVersion);
  if (environmentId !== undefined) query = query.where('environment_id', '=', environmentId);
  if (deploymentId !== undefined) query = query.where('deployment_id', '=', deploymentId);
  if (statuses?.length) query = query.where('status', 'in', statuses);
  if (pinned !== undefined) query = query.where('pinned_at', pinned ? 'is not' : 'is', null);
  if (createdFrom !== undefined) query = query.where('created_at', '>=', createdFrom);
  if (createdAfter !== undefined) query = query.where('created_at', '>', createdAfter);
  if (createdThrough !== undefined) query = query.where('created_at', '<=', createdThrough);
  if (createdBefore !== undefined) query = query.where('created_at', '<', createdBefore);
  if (cursor) {
    const place = parseCursor(isBackwards ? cursor.slice(BACKWARDS.length) : cursor);
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple(column, 'id'), direction === 'desc' ? '<' : '>', tuple(place.value, place.id)),
    );
  }

  const rows = await query
    .orderBy(column, direction)
    .orderBy('id', direction)
    .limit(limit + 1)
    .execute();
  const read = rows.slice(0, limit).map(toSession);
  const sessions = isBackwards ? read.toReversed() : read;
  const goesOn = rows.length > limit;
  // The cursor came from another page, so a page exists in that direction.
  const [hasPrevious, hasNext] = isBackwards ? [goesOn, true] : [Boolean(cursor), goesOn];
  const toPlace = (session: Session) => toCursor({ value: session[sortBy], id: session.id });
  const [first, last] = [sessions[0], sessions.at(-1)];
  return {
    sessions,
    nextCursor: hasNext && last ? toPlace(last) : null,
    previousCursor: hasPrevious && first ? `${BACKWARDS}${toPlace(first)}` : null,
  };
}

/** A LIKE pattern in which nothing that the user typed is a wildcard; both back ends take `!` as the escape. */
function toPattern(search: string): string {
  return `%${toPlainText(search).toLowerCase().replaceAll(/[!%_]/g, '!$&')}%`;
}
