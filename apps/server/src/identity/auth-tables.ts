import type { Kysely } from 'kysely';

import type { StoreTables } from '../store/schema.ts';

/** The columns of better-auth's tables that are used in statements of our own. */
interface AuthTables {
  auth_session: { id: string; apiKeyId: string | null };
  auth_api_key: { id: string };
}

/** The tables of accounts, which `StoreTables` does not list. */
function toAuthDatabase(database: Kysely<StoreTables>): Kysely<AuthTables> {
  return database as unknown as Kysely<AuthTables>;
}

/** Removes the sign-ins whose API key is gone. */
export async function endOrphanedSignIns(database: Kysely<StoreTables>): Promise<void> {
  const keys = toAuthDatabase(database).selectFrom('auth_api_key').select('id');
  await toAuthDatabase(database)
    .deleteFrom('auth_session')
    .where('apiKeyId', 'is not', null)
    .where('apiKeyId', 'not in', keys)
    .execute();
}
