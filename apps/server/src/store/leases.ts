import type { RepositoryContext } from './repository-context.ts';
import { explainRefusal } from './session-repository.ts';
import { StoreError } from './store-error.ts';

/** The right of one node to hold a session in memory and to write to it. */
export interface Lease {
  sessionId: string;
  nodeId: string;
  /** Rises whenever the lease is acquired; every append carries it. */
  fence: number;
  /** ISO 8601. An owner that renews late keeps the lease until somebody else acquires it. */
  expiresAt: string;
}

export interface AcquireOptions {
  sessionId: string;
  nodeId: string;
  /** Milliseconds until others may take it. */
  ttlMs: number;
  /** Takes the lease even before it ends: for a node that knows that its predecessor is dead. */
  force?: boolean;
}

export type AcquireOutcome = { state: 'acquired'; lease: Lease } | { state: 'held'; lease: Lease };

export interface LeaseRepository {
  /** Takes the lease when it is free, expired or the node's own; each success raises the fence. Throws `not_found`. */
  acquire(options: AcquireOptions): Promise<AcquireOutcome>;
  /** Extends the leases that the node still holds. Returns the sessions whose lease another node has, or nobody. */
  renew(nodeId: string, leases: readonly Pick<Lease, 'sessionId' | 'fence'>[], ttlMs: number): Promise<string[]>;
  /** Gives the lease back; false when it was lost before. The fence stays. */
  release(lease: Pick<Lease, 'sessionId' | 'fence'>): Promise<boolean>;
  /** Sessions whose lease nobody gave back and this node may take: its own from before, and expired ones. */
  listLeft(nodeId: string): Promise<string[]>;
  /** The current lease, also an expired one; undefined when nobody has it. */
  find(sessionId: string): Promise<Lease | undefined>;
}

export function createLeaseRepository({ db, leaseTime }: RepositoryContext): LeaseRepository {
  const find = async (sessionId: string): Promise<Lease | undefined> => {
    const columns = db.selectFrom('sessions').select(['lease_node_id', 'lease_fence', 'lease_expires_at']);
    const row = await columns.where('id', '=', sessionId).executeTakeFirst();
    if (!row?.lease_node_id || !row.lease_expires_at) return undefined;
    return { sessionId, nodeId: row.lease_node_id, fence: row.lease_fence, expiresAt: row.lease_expires_at };
  };

  const tryAcquire = async ({ sessionId, nodeId, ttlMs, force }: AcquireOptions): Promise<Lease | undefined> => {
    let statement = db
      .updateTable('sessions')
      .set((eb) => ({
        lease_node_id: nodeId,
        lease_fence: eb('lease_fence', '+', 1),
        lease_expires_at: leaseTime(ttlMs),
      }))
      .where('id', '=', sessionId);
    if (!force) {
      statement = statement.where((eb) =>
        eb.or([
          eb('lease_node_id', 'is', null),
          eb('lease_node_id', '=', nodeId),
          eb('lease_expires_at', '<=', leaseTime(0)),
        ]),
      );
    }
    const row = await statement.returning(['lease_fence', 'lease_expires_at']).executeTakeFirst();
    return row && { sessionId, nodeId, fence: row.lease_fence, expiresAt: row.lease_expires_at ?? '' };
  };

  return {
    async acquire(options) {
      const acquired = await tryAcquire(options);
      if (acquired) return { state: 'acquired', lease: acquired };
      const held = await find(options.sessionId);
      if (held) return { state: 'held', lease: held };
      // The lease became free meanwhile, unless the session is gone.
      const second = await tryAcquire(options);
      if (second) return { state: 'acquired', lease: second };
      const error = await explainRefusal(db, options.sessionId);
      const exists = await db
        .selectFrom('sessions')
        .select('id')
        .where('id', '=', options.sessionId)
        .executeTakeFirst();
      throw exists
        ? new StoreError('busy', `The lease of session ${options.sessionId} is contended. Try again.`)
        : error;
    },

    async renew(nodeId, leases, ttlMs) {
      if (leases.length === 0) return [];
      const rows = await db
        .updateTable('sessions')
        .set({ lease_expires_at: leaseTime(ttlMs) })
        .where('lease_node_id', '=', nodeId)
        .where((eb) => eb.or(leases.map(({ sessionId, fence }) => eb.and({ id: sessionId, lease_fence: fence }))))
        .returning('id')
        .execute();
      const kept = new Set(rows.map(({ id }) => id));
      return leases.filter(({ sessionId }) => !kept.has(sessionId)).map(({ sessionId }) => sessionId);
    },

    async release({ sessionId, fence }) {
      const change = db.updateTable('sessions').set({ lease_node_id: null, lease_expires_at: null });
      const owned = change.where('id', '=', sessionId).where('lease_fence', '=', fence);
      const result = await owned.where('lease_node_id', 'is not', null).executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },

    async listLeft(nodeId) {
      const left = db.selectFrom('sessions').select('id').where('lease_node_id', 'is not', null);
      const rows = await left
        .where((eb) => eb.or([eb('lease_node_id', '=', nodeId), eb('lease_expires_at', '<=', leaseTime(0))]))
        .execute();
      return rows.map(({ id }) => id);
    },

    find,
  };
}
