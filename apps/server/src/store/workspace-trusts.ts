import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { WorkspaceTrustTable } from './schema.ts';

/** A person lets run what a repository, or the workspace of a session, brings. */
export interface WorkspaceTrust {
  id: string;
  userId: string;
  /** What the content belongs to: `repository:KEY` or `session:ID`. */
  identity: string;
  /** Of the content that the person saw. Other content is not trusted. */
  digest: string;
  /** How much there was of each kind. */
  counts: Readonly<Record<string, number>>;
  trustedAt: string;
}

export interface WorkspaceTrustRepository {
  /** Of one person, the newest first. */
  list(userId: string): Promise<WorkspaceTrust[]>;
  /** In place of what the person trusted of the same identity before. */
  put(trust: Omit<WorkspaceTrust, 'trustedAt'>): Promise<WorkspaceTrust>;
  /** The trust that is no more; undefined where there was none. */
  delete(
    place: Pick<WorkspaceTrust, 'userId'> & ({ id: string } | { identity: string }),
  ): Promise<WorkspaceTrust | undefined>;
}

export function createWorkspaceTrustRepository({ db, now }: RepositoryContext): WorkspaceTrustRepository {
  return {
    async list(userId) {
      const rows = await db
        .selectFrom('workspace_trusts')
        .selectAll()
        .where('user_id', '=', userId)
        .orderBy('trusted_at', 'desc')
        .orderBy('id')
        .execute();
      return rows.map(toTrust);
    },

    async put({ id, userId, identity, digest, counts }) {
      const changed = { digest, counts: toJson(counts), trusted_at: now() };
      const row = await db
        .insertInto('workspace_trusts')
        .values({ id, user_id: userId, identity, ...changed })
        .onConflict((conflict) => conflict.columns(['user_id', 'identity']).doUpdateSet(changed))
        .returningAll()
        .executeTakeFirstOrThrow();
      return toTrust(row);
    },

    async delete({ userId, ...place }) {
      const [column, value] = 'id' in place ? (['id', place.id] as const) : (['identity', place.identity] as const);
      const row = await db
        .deleteFrom('workspace_trusts')
        .where('user_id', '=', userId)
        .where(column, '=', value)
        .returningAll()
        .executeTakeFirst();
      return row && toTrust(row);
    },
  };
}

function toTrust(row: Selectable<WorkspaceTrustTable>): WorkspaceTrust {
  return {
    ...{ id: row.id, userId: row.user_id, identity: row.identity, digest: row.digest },
    ...{ counts: fromJson<Record<string, number>>(row.counts), trustedAt: row.trusted_at },
  };
}
