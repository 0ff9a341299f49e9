import type { Kysely } from 'kysely';

import type { AuthTables } from '../identity/auth-tables.ts';
import type { Identity } from '../identity/identity.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import type { Outgoing } from '../lib/outgoing.ts';
import type { Store } from '../store/port.ts';
import type { PushSubscription } from '../store/push-subscriptions.ts';
import type { StoreTables } from '../store/schema.ts';
import type { Logger } from '../telemetry/logger.ts';

/** The browsers that want push messages, by their sign-ins. */
export interface PushSubscriptions {
  /** With which browsers subscribe. */
  readonly publicKey: string;
  /** Removes those of ended sign-ins, and does so again when this server ends one. Never rejects. */
  start(): Promise<void>;
  /** Whether messages may be sent there. */
  mayReach(endpoint: string): boolean;
  find(signInId: string): Promise<PushSubscription | undefined>;
  put(subscription: PushSubscription): Promise<void>;
  end(signInId: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface PushSubscriptionsDeps {
  publicKey: string;
  store: Pick<Store, 'pushSubscriptions' | 'database'>;
  identity: Pick<Identity, 'onChanged'>;
  outgoing: Pick<Outgoing, 'mayReach'>;
  logger: Pick<Logger, 'warn'>;
}

export function createPushSubscriptions(deps: PushSubscriptionsDeps): PushSubscriptions {
  const { publicKey, store, identity, outgoing, logger } = deps;
  const { pushSubscriptions: subscriptions } = store;
  let unfollow: (() => void) | undefined;

  // Without a sign-in nothing is sent to them anyway. They only would stay.
  const endOrphaned = shareNextRun(() =>
    endWithoutSignIn(store.database).catch((error: unknown) =>
      logger.warn({ err: error }, 'push subscriptions of ended sign-ins could not be removed'),
    ),
  );

  return {
    publicKey,
    async start() {
      unfollow = identity.onChanged(() => void endOrphaned());
      await endOrphaned();
    },
    mayReach: outgoing.mayReach,
    find: subscriptions.find,
    put: subscriptions.put,
    end: (signInId) => subscriptions.end(signInId),
    async close() {
      unfollow?.();
      await endOrphaned();
    },
  };
}

async function endWithoutSignIn(database: Kysely<StoreTables>): Promise<void> {
  const tables = database as unknown as Kysely<StoreTables & Pick<AuthTables, 'auth_session'>>;
  const signIns = tables.selectFrom('auth_session').select('id');
  await tables.deleteFrom('push_subscriptions').where('sign_in_id', 'not in', signIns).execute();
}
