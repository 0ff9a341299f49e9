import type { Store } from './port.ts';

export interface ExpiredSession {
  id: string;
  ownerId: string;
  /** ISO 8601. */
  updatedAt: string;
}

export interface ExpiredSessionOptions {
  environmentId: string;
  /** ISO 8601, exclusive: sessions whose row has not changed since. */
  unchangedSince: string;
  /** The last one of the page before. */
  after?: ExpiredSession;
  limit: number;
}

/** Idle sessions that nobody has changed for this long, oldest first. */
export async function listExpiredSessions(
  { database }: Pick<Store, 'database'>,
  { environmentId, unchangedSince, after, limit }: ExpiredSessionOptions,
): Promise<ExpiredSession[]> {
  let query = database
    .selectFrom('sessions')
    .select(['id', 'owner_id as ownerId', 'updated_at as updatedAt'])
    .where('environment_id', '=', environmentId)
    .where('updated_at', '<', unchangedSince)
    .where('status', 'in', ['idle', 'terminated']);
  if (after) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('updated_at', 'id'), '>', tuple(after.updatedAt, after.id)),
    );
  }
  return query.orderBy('updated_at').orderBy('id').limit(limit).execute();
}

/** Every environment that a session uses, deleted ones included. */
export async function listUsedEnvironments({ database }: Pick<Store, 'database'>): Promise<string[]> {
  const rows = await database.selectFrom('sessions').select('environment_id').distinct().execute();
  return rows.map((row) => row.environment_id);
}
