import type { Selectable } from 'kysely';

import type { RepositoryContext } from './repository-context.ts';
import type { PushSubscriptionTable } from './schema.ts';
import { StoreError } from './store-error.ts';

/** A browser that wants push messages. Whoever has all of it, and the server's VAPID key, can send it messages. */
export interface PushSubscription {
  /** The sign-in by cookie that it belongs to; each has one. */
  signInId: string;
  userId: string;
  /** Where the browser's push service takes messages for it. */
  endpoint: string;
  /** The browser's public key and secret (RFC 8291), in base64url. */
  keys: { p256dh: string; auth: string };
}

export interface PushSubscriptionRepository {
  /**
   * Replaces that of the sign-in, and that of an earlier sign-in in the same browser. Another person's browser has
   * another secret, so knowing its endpoint is not enough. An endpoint is one in every spelling; it has to be a URL.
   * @throws StoreError `conflict` for an endpoint that another user has with other keys
   */
  put(subscription: PushSubscription): Promise<void>;
  find(signInId: string): Promise<PushSubscription | undefined>;
  /** Of those who own the session or have it shared with them, whatever they may do with it; oldest first. */
  listForSession(sessionId: string): Promise<PushSubscription[]>;
  /** Oldest first. */
  listOfUser(userId: string): Promise<PushSubscription[]>;
  /** With `endpoint`, only while it is still that one. False when there was none. */
  end(signInId: string, endpoint?: string): Promise<boolean>;
}

export function createPushSubscriptionRepository({
  db,
  now,
  atomically,
}: RepositoryContext): PushSubscriptionRepository {
  return {
    put: ({ signInId, userId, endpoint: given, keys }) =>
      atomically(async (trx) => {
        const { p256dh, auth } = keys;
        const endpoint = toPushEndpoint(given);
        await trx.deleteFrom('push_subscriptions').where('sign_in_id', '=', signInId).execute();
        const row = { sign_in_id: signInId, user_id: userId, endpoint, p256dh, auth, created_at: now() };
        const written = await trx
          .insertInto('push_subscriptions')
          .values(row)
          .onConflict((conflict) =>
            conflict
              .column('endpoint')
              .doUpdateSet(row)
              .where((where) =>
                where.or([
                  where('push_subscriptions.user_id', '=', userId),
                  where.and([
                    where('push_subscriptions.p256dh', '=', p256dh),
                    where('push_subscriptions.auth', '=', auth),
                  ]),
                ]),
              ),
          )
          .returning('sign_in_id')
          .execute();
        if (written.length === 0)
          throw new StoreError('conflict', `The push endpoint ${endpoint} belongs to the browser of another user`);
      }),

    async find(signInId) {
      const row = db.selectFrom('push_subscriptions').selectAll().where('sign_in_id', '=', signInId);
      const found = await row.executeTakeFirst();
      return found && toSubscription(found);
    },

    async listForSession(sessionId) {
      const owner = db.selectFrom('sessions').select('owner_id').where('id', '=', sessionId);
      const sharers = db.selectFrom('session_shares').select('user_id').where('session_id', '=', sessionId);
      const rows = await db
        .selectFrom('push_subscriptions')
        .selectAll()
        .where((where) => where.or([where('user_id', 'in', owner), where('user_id', 'in', sharers)]))
        .orderBy('created_at')
        .orderBy('sign_in_id')
        .execute();
      return rows.map(toSubscription);
    },

    async listOfUser(userId) {
      const ofUser = db.selectFrom('push_subscriptions').selectAll().where('user_id', '=', userId);
      const rows = await ofUser.orderBy('created_at').orderBy('sign_in_id').execute();
      return rows.map(toSubscription);
    },

    async end(signInId, endpoint) {
      let ended = db.deleteFrom('push_subscriptions').where('sign_in_id', '=', signInId);
      if (endpoint !== undefined) ended = ended.where('endpoint', '=', toPushEndpoint(endpoint));
      return (await ended.executeTakeFirst()).numDeletedRows > 0n;
    },
  };
}

/**
 * An endpoint as it is stored and compared: in the spelling of `URL`, without what is never sent (a fragment) and without
 * the last dot of its host, so that nobody has the endpoint of another in a second spelling.
 */
function toPushEndpoint(text: string): string {
  const url = new URL(text);
  url.hash = '';
  url.hostname = url.hostname.replace(/\.$/, '');
  return url.href;
}

/** A row of `push_subscriptions`. */
export function toSubscription(row: Selectable<PushSubscriptionTable>): PushSubscription {
  const { sign_in_id: signInId, user_id: userId, endpoint, p256dh, auth } = row;
  return { signInId, userId, endpoint, keys: { p256dh, auth } };
}
