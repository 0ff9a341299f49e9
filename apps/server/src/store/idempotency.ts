import type { Selectable } from 'kysely';

import { fromJson, toJson } from './json-column.ts';
import { prepare } from './prepared.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { IdempotencyTable } from './schema.ts';
import { StoreError } from './store-error.ts';

/** The actor, and the id that the actor chose for the request. */
export interface RequestKey {
  userId: string;
  requestId: string;
}

export interface RememberedRequest extends RequestKey {
  /** Tells a repeated request from another one under the same id. */
  contentHash: string;
  /** The stored answer; undefined only while the transaction of the first request is open. */
  response: unknown;
  createdAt: string;
}

export type ClaimOutcome = { state: 'claimed' } | { state: 'seen'; request: RememberedRequest };

export interface IdempotencyRepository {
  /**
   * Takes the key for a request that is about to be done, in the transaction that does it. A second claim waits until
   * that transaction ends, then sees its answer, or claims when it was rolled back. An answer that is known already is
   * kept at once.
   */
  claim(request: RequestKey & { contentHash: string; response?: unknown }): Promise<ClaimOutcome>;
  /** Keeps the answer of a claimed request, where it was not known at the claim. Throws `not_found` when nothing was claimed. */
  complete(key: RequestKey, response: unknown): Promise<void>;
  find(key: RequestKey): Promise<RememberedRequest | undefined>;
  /** Forgets at most `limit` requests made before this time (ISO 8601), the oldest first, and answers how many. */
  purgeBefore(time: string, limit: number): Promise<number>;
}

type NewKey = Pick<IdempotencyTable, 'user_id' | 'request_id' | 'content_hash' | 'created_at' | 'response'>;

const insertKey = prepare<NewKey, unknown>((db, value) =>
  db
    .insertInto('idempotency_keys')
    .values({
      user_id: value('user_id'),
      request_id: value('request_id'),
      content_hash: value('content_hash'),
      created_at: value('created_at'),
      response: value('response'),
    })
    .onConflict((conflict) => conflict.doNothing()),
);

export function createIdempotencyRepository(context: RepositoryContext): IdempotencyRepository {
  const { db, now } = context;
  const find = async ({ userId, requestId }: RequestKey): Promise<RememberedRequest | undefined> => {
    const rows = db.selectFrom('idempotency_keys').selectAll();
    const row = await rows.where('user_id', '=', userId).where('request_id', '=', requestId).executeTakeFirst();
    return row && toRequest(row);
  };

  return {
    async claim({ userId, requestId, contentHash, response }) {
      const { numAffectedRows } = await insertKey(context, {
        ...{ user_id: userId, request_id: requestId, content_hash: contentHash, created_at: now() },
        response: response === undefined ? null : toJson(response),
      });
      if (numAffectedRows) return { state: 'claimed' };
      const request = await find({ userId, requestId });
      // Only a purge between the two statements can make it vanish, a day after the first request.
      if (!request) throw new StoreError('busy', `Request ${requestId} is being forgotten. Send it again.`);
      return { state: 'seen', request };
    },

    async complete({ userId, requestId }, response) {
      const change = db.updateTable('idempotency_keys').set({ response: toJson(response) });
      const result = await change.where('user_id', '=', userId).where('request_id', '=', requestId).executeTakeFirst();
      if (!result.numUpdatedRows) throw new StoreError('not_found', `Request ${requestId} was not claimed.`);
    },

    find,

    async purgeBefore(time, limit) {
      const old = db.selectFrom('idempotency_keys').select(['user_id', 'request_id']).where('created_at', '<', time);
      const result = await db
        .deleteFrom('idempotency_keys')
        .where(({ eb, refTuple }) =>
          eb(
            refTuple('user_id', 'request_id'),
            'in',
            old.orderBy('created_at').limit(limit).$asTuple('user_id', 'request_id'),
          ),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    },
  };
}

function toRequest(row: Selectable<IdempotencyTable>): RememberedRequest {
  return {
    userId: row.user_id,
    requestId: row.request_id,
    contentHash: row.content_hash,
    response: row.response === null ? undefined : fromJson<unknown>(row.response),
    createdAt: row.created_at,
  };
}
