import type { RepositoryContext } from './repository-context.ts';

/** What folders take on disk. */
export interface DiskUse {
  bytes: number;
  /** Files, folders and whatever else has a name; one with two names counts once. */
  entries: number;
}

export interface DiskUseRepository {
  /** Replaces what is noted of a session on a server. Does nothing where the session is gone. */
  note(session: { id: string; placeId: string }, use: DiskUse): Promise<void>;
  /** As last measured; undefined where nothing is noted. */
  find(session: { id: string; placeId: string }): Promise<DiskUse | undefined>;
  /** The servers, or places that they share, on which a session was found to take anything. */
  listPlaces(sessionId: string): Promise<string[]>;
  /** Forgets what was noted of a server or a place. */
  forgetPlace(placeId: string): Promise<void>;
  /** Of all sessions of a user, on all servers. */
  sumOfUser(ownerId: string): Promise<DiskUse>;
  /** The sessions of a user that take the most, on all servers together, largest first; those that take nothing are left out. */
  listLargest(ownerId: string, limit: number): Promise<(DiskUse & { id: string; title: string | null })[]>;
  /** Of all sessions on one server. */
  sumOfServer(placeId: string): Promise<DiskUse>;
  /** Sessions of which nothing is noted on a server, by their ids, behind `after`. */
  listUnmeasured(
    placeId: string,
    page: { after: string; limit: number },
  ): Promise<{ id: string; agentSessionId: string }[]>;
}

export function createDiskUseRepository({ db, now }: RepositoryContext): DiskUseRepository {
  return {
    async note({ id, placeId }, { bytes, entries }) {
      const values = { bytes, entries, measured_at: now() };
      await db
        .insertInto('disk_use')
        .columns(['session_id', 'node_id', 'bytes', 'entries', 'measured_at'])
        .expression((eb) =>
          eb
            .selectFrom('sessions')
            .select([
              'id',
              eb.val(placeId).as('node_id'),
              eb.cast<number>(eb.val(bytes), 'bigint').as('bytes'),
              eb.cast<number>(eb.val(entries), 'bigint').as('entries'),
              eb.val(values.measured_at).as('measured_at'),
            ])
            .where('id', '=', id),
        )
        .onConflict((conflict) => conflict.columns(['session_id', 'node_id']).doUpdateSet(values))
        .execute();
    },
    find: ({ id, placeId }) =>
      db
        .selectFrom('disk_use')
        .select(['bytes', 'entries'])
        .where('session_id', '=', id)
        .where('node_id', '=', placeId)
        .executeTakeFirst(),
    async listPlaces(sessionId) {
      const rows = await db
        .selectFrom('disk_use')
        .select('node_id')
        .where('session_id', '=', sessionId)
        .where('entries', '>', 0)
        .orderBy('node_id')
        .execute();
      return rows.map((row) => row.node_id);
    },

    async forgetPlace(placeId) {
      await db.deleteFrom('disk_use').where('node_id', '=', placeId).execute();
    },

    async sumOfUser(ownerId) {
      const sum = await db
        .selectFrom('disk_use')
        .innerJoin('sessions', 'sessions.id', 'disk_use.session_id')
        .select(({ fn }) => [fn.sum('bytes').as('bytes'), fn.sum('entries').as('entries')])
        .where('owner_id', '=', ownerId)
        .executeTakeFirst();
      return toUse(sum);
    },
    async listLargest(ownerId, limit) {
      const rows = await db
        .selectFrom('disk_use')
        .innerJoin('sessions', 'sessions.id', 'disk_use.session_id')
        .select(({ fn }) => [
          ...(['sessions.id', 'sessions.title'] as const),
          ...[fn.sum('bytes').as('bytes'), fn.sum('entries').as('entries')],
        ])
        .where('owner_id', '=', ownerId)
        .groupBy(['sessions.id', 'sessions.title'])
        .having(({ fn }) => fn.sum('entries'), '>', 0)
        .orderBy(({ fn }) => fn.sum('bytes'), 'desc')
        .orderBy('sessions.id')
        .limit(limit)
        .execute();
      return rows.map(({ id, title, ...sum }) => ({ id, title, ...toUse(sum) }));
    },

    async sumOfServer(placeId) {
      const sum = await db
        .selectFrom('disk_use')
        .select(({ fn }) => [fn.sum('bytes').as('bytes'), fn.sum('entries').as('entries')])
        .where('node_id', '=', placeId)
        .executeTakeFirst();
      return toUse(sum);
    },
    async listUnmeasured(placeId, { after, limit }) {
      const rows = await db
        .selectFrom('sessions')
        .leftJoin('disk_use', (join) =>
          join.onRef('disk_use.session_id', '=', 'sessions.id').on('disk_use.node_id', '=', placeId),
        )
        .select(['sessions.id', 'sessions.agent_session_id'])
        .where('sessions.id', '>', after)
        .where('disk_use.session_id', 'is', null)
        .orderBy('sessions.id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ id: row.id, agentSessionId: row.agent_session_id }));
    },
  };
}

/** Sums come as text from PostgreSQL, and as null of no row. */
function toUse(
  sum: { bytes: number | string | bigint | null; entries: number | string | bigint | null } | undefined,
): DiskUse {
  return { bytes: Number(sum?.bytes ?? 0), entries: Number(sum?.entries ?? 0) };
}
