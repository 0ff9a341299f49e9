import type { Kysely } from 'kysely';

import type { AuthTables } from '../identity/auth-tables.ts';
import { toSubscription, type PushSubscription } from '../store/push-subscriptions.ts';
import type { StoreTables } from '../store/schema.ts';

/** The newest subscriptions of operators and administrators, oldest first. */
export async function listOperatorSubscriptions(
  database: Kysely<StoreTables>,
  limit: number,
): Promise<PushSubscription[]> {
  const tables = database as unknown as Kysely<StoreTables & Pick<AuthTables, 'auth_user'>>;
  const rows = await tables
    .selectFrom('push_subscriptions')
    .innerJoin('auth_user', 'auth_user.id', 'push_subscriptions.user_id')
    .where((where) => where.or(['%operator%', '%admin%'].map((role) => where('auth_user.role', 'like', role))))
    .selectAll('push_subscriptions')
    .orderBy('push_subscriptions.created_at', 'desc')
    .orderBy('sign_in_id', 'desc')
    .limit(limit)
    .execute();
  return rows.toReversed().map(toSubscription);
}
