import { sql, type Kysely } from 'kysely';

import type { Clock } from '../../lib/clock.ts';
import type { StoreTables } from '../../store/schema.ts';
import { toAuthDatabase, toStoredTime, type AuthTables } from '../auth-tables.ts';
import { toDigest } from '../digest.ts';

/** Any number that locks nothing else. */
const LINKS_LOCK = 4_600_003;
const ID_CHARS = 32;

/** The id of a provider in the table of accounts: subjects are unique only within an issuer. */
export function toProviderId(issuer: string): string {
  return `oidc:${toDigest(issuer).slice(0, ID_CHARS)}`;
}

/** A person at a provider. */
export interface OidcLink {
  providerId: string;
  subject: string;
}

/** Which account belongs to which person at a provider. */
export interface OidcLinks {
  /** The id of the account; undefined without one. */
  findUserId(link: OidcLink): Promise<string | undefined>;
  /** False, and nothing done, where the account belongs to another person of this provider. Of calls at once, one wins. */
  link(userId: string, link: OidcLink): Promise<boolean>;
  /** False where the account belongs to another person of this provider, or the person has another account. */
  fits(userId: string, link: OidcLink): Promise<boolean>;
}

export function createOidcLinks(deps: {
  kind: 'sqlite' | 'postgres';
  database: Kysely<StoreTables>;
  clock: Clock;
}): OidcLinks {
  const { kind, clock } = deps;
  const database = toAuthDatabase(deps.database);

  return {
    async findUserId({ providerId, subject }) {
      const row = await database
        .selectFrom('auth_account')
        .select('userId')
        .where('providerId', '=', providerId)
        .where('accountId', '=', subject)
        .executeTakeFirst();
      return row?.userId;
    },

    link: (userId, { providerId, subject }) =>
      database.transaction().execute(async (transaction) => {
        if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${LINKS_LOCK})`.execute(transaction);
        const rows = await findNear(transaction, userId, { providerId, subject });
        if (rows.length > 0) return areOf(rows, userId, subject);
        const now = toStoredTime(kind, new Date(clock.now()));
        const id = crypto.randomUUID().replaceAll('-', '');
        const times = { createdAt: now, updatedAt: now };
        await transaction
          .insertInto('auth_account')
          .values({ id, userId, providerId, accountId: subject, ...times })
          .execute();
        return true;
      }),

    async fits(userId, link) {
      return areOf(await findNear(database, userId, link), userId, link.subject);
    },
  };
}

/** The links of this provider that have the account or the person. */
function findNear(database: Kysely<AuthTables>, userId: string, { providerId, subject }: OidcLink) {
  return database
    .selectFrom('auth_account')
    .select(['userId', 'accountId'])
    .where('providerId', '=', providerId)
    .where((where) => where.or([where('userId', '=', userId), where('accountId', '=', subject)]))
    .execute();
}

function areOf(rows: readonly { userId: string; accountId: string }[], userId: string, subject: string): boolean {
  return rows.every((row) => row.userId === userId && row.accountId === subject);
}
