import type { Kysely } from 'kysely';

import type { StoreTables } from '../store/schema.ts';

/** A boolean or a time as the back end keeps it: SQLite as a number and as ISO 8601 text. */
type StoredBoolean = boolean | number | null;
type StoredTime = Date | string | null;

/** The columns of better-auth's tables that statements of our own use. */
export interface AuthTables {
  auth_user: {
    id: string;
    name: string;
    email: string;
    emailChosen: StoredBoolean;
    role: string | null;
    banned: StoredBoolean;
    banReason: string | null;
    banExpires: StoredTime;
    invitedUntil: StoredTime;
    updatedAt: StoredTime;
  };
  auth_account: {
    id: string;
    userId: string;
    providerId: string;
    accountId: string;
    createdAt: StoredTime;
    updatedAt: StoredTime;
  };
  auth_session: { id: string; userId: string; apiKeyId: string | null; passkeyId: string | null };
  auth_passkey: { id: string; userId: string };
  auth_api_key: { id: string; userId: string; madeBy: string | null };
  auth_verification: { id: string; value: string };
}

/** The tables of accounts, which `StoreTables` does not list. */
export function toAuthDatabase(database: Kysely<StoreTables>): Kysely<AuthTables> {
  return database as unknown as Kysely<AuthTables>;
}

/** A time as the back end keeps it in these tables. */
export function toStoredTime(kind: 'sqlite' | 'postgres', time: Date): Date | string {
  return kind === 'postgres' ? time : time.toISOString();
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
