import type { Person } from '@claude-sdk-pattern/protocol';

import { sql, type Kysely } from 'kysely';

import type { Clock } from '../lib/clock.ts';
import { isBanned, toRole, type Role, type UserRow } from './actor.ts';
import type { StoreTables } from '../store/schema.ts';
import type { AuthContext } from './auth.ts';
import { isPlainEmail, toStoredEmail } from './email-address.ts';
import { toAuthDatabase } from './auth-tables.ts';

/** Who has an email address. Where the person chose it, it proves nothing about who they are. */
export interface EmailHolder {
  id: string;
  isChosen: boolean;
}

/** Reads users from the database. */
export interface UserDirectory {
  /** The names of users by their id, without unknown ids. */
  findNames(userIds: readonly string[]): Promise<Map<string, string>>;
  /** Users by their id, without unknown ids. */
  find(userIds: readonly string[]): Promise<Map<string, Person>>;
  /** The user with exactly this email address, in any case; not one who is locked. */
  findByEmail(email: string): Promise<Person | undefined>;
  /**
   * Who is not locked and has this text, in any case, in the name or email; by name.
   * @param within only among these ids; undefined for everybody
   */
  search(text: string, options: { within?: readonly string[] | undefined; limit: number }): Promise<Person[]>;
  /** The account with exactly this email address, in any case; also a locked one. */
  findEmailHolder(email: string): Promise<EmailHolder | undefined>;
  /** The role in the user's row; `user` when the user does not exist. */
  findRole(userId: string): Promise<Role>;
  /** The roles in the rows of these users, without unknown ids and without users who are locked. */
  findActiveRoles(userIds: readonly string[]): Promise<Map<string, Role>>;
}

export function createUserDirectory(deps: {
  kind: 'sqlite' | 'postgres';
  database: Kysely<StoreTables>;
  context(): Promise<AuthContext>;
  clock: Clock;
}): UserDirectory {
  const { kind, context, clock } = deps;

  async function findRows(userIds: readonly string[]): Promise<UserRow[]> {
    const ids = [...new Set(userIds)];
    if (ids.length === 0) return [];
    const { adapter } = await context();
    const where = [{ field: 'id', operator: 'in', value: ids } as const];
    return adapter.findMany<UserRow>({ model: 'user', where, limit: ids.length });
  }

  async function find(userIds: readonly string[]): Promise<Map<string, Person>> {
    return new Map((await findRows(userIds)).map(({ id, name, email }) => [id, { id, name, email }]));
  }

  async function findRow(address: string): Promise<(UserRow & { emailChosen?: boolean | null }) | null> {
    if (!isPlainEmail(address)) return null;
    const { adapter } = await context();
    return adapter.findOne<UserRow & { emailChosen?: boolean | null }>({
      model: 'user',
      where: [{ field: 'email', value: toStoredEmail(address) }],
    });
  }

  return {
    find,

    async findNames(userIds) {
      return new Map(Array.from(await find(userIds), ([id, { name }]) => [id, name]));
    },

    async findByEmail(address) {
      const user = await findRow(address);
      if (user === null || isBanned(user, clock.now())) return undefined;
      return { id: user.id, name: user.name, email: user.email };
    },

    async search(text, { within, limit }) {
      if (within?.length === 0) return [];
      const lower = text.toLowerCase();
      // SQLite lowers ASCII only, so a name with other capitals is found as it is written.
      const patterns = [lower, text].map((each) => `%${each.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
      let query = toAuthDatabase(deps.database).selectFrom('auth_user').select(['id', 'name', 'email']);
      if (within !== undefined) query = query.where('id', 'in', [...within]);
      return query
        .where(({ or, eb }) => or([eb('banned', 'is', null), eb('banned', '=', kind === 'postgres' ? false : 0)]))
        .where(({ or }) =>
          or(
            patterns.flatMap((pattern) => [
              sql<boolean>`lower(name) like ${pattern} escape '\\'`,
              sql<boolean>`name like ${pattern} escape '\\'`,
              sql<boolean>`email like ${pattern} escape '\\'`,
            ]),
          ),
        )
        .orderBy('name')
        .orderBy('id')
        .limit(limit)
        .execute();
    },

    async findEmailHolder(address) {
      const user = await findRow(address);
      return user === null ? undefined : { id: user.id, isChosen: user.emailChosen === true };
    },

    async findRole(userId) {
      const { adapter } = await context();
      const found = await adapter.findOne<UserRow>({ model: 'user', where: [{ field: 'id', value: userId }] });
      return toRole(found?.role);
    },

    async findActiveRoles(userIds) {
      const active = (await findRows(userIds)).filter((user) => !isBanned(user, clock.now()));
      return new Map(active.map(({ id, role }) => [id, toRole(role)]));
    },
  };
}
