import { CspError } from '@claude-sdk-pattern/protocol';
import type { Kysely } from 'kysely';

import type { StoreTables } from '../store/schema.ts';
import { toAuthDatabase } from './auth-tables.ts';

/**
 * Refuses what would give something to an account that is locked or removed. Call it in the transaction that stores it: a
 * lock of the account waits for the end of that transaction, so whoever empties a locked account finds all.
 * @throws CspError `permission_denied`
 */
export async function assertActive(
  transaction: Kysely<StoreTables>,
  { kind, userId }: { kind: 'sqlite' | 'postgres'; userId: string },
): Promise<void> {
  const user = toAuthDatabase(transaction).selectFrom('auth_user').select('banned').where('id', '=', userId);
  const found = await (kind === 'postgres' ? user.forShare() : user).executeTakeFirst();
  if (found === undefined || found.banned)
    throw new CspError('permission_denied', `The account ${userId} is locked or removed`);
}
