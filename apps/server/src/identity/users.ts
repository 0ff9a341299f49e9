import { CspError } from '@claude-sdk-pattern/protocol';
import { sql, type Kysely } from 'kysely';

import type { Clock } from '../lib/clock.ts';
import type { StoreTables } from '../store/schema.ts';
import { isBanned, toRole, type Role, type UserRow } from './actor.ts';
import type { AuthContext } from './auth.ts';
import { toAuthDatabase, toStoredTime, type AuthTables } from './auth-tables.ts';
import { toStoredEmail } from './email-address.ts';
import { assertHardToGuess } from './hard-to-guess.ts';
import { assertTakesPasswords } from './passwords.ts';

/** An account, as administrators see it. */
export interface User {
  id: string;
  email: string;
  name: string;
  role: Role;
  status: 'active' | 'locked';
  createdAt: Date;
  /** Until when the person may accept the invitation; null for whom none waits. */
  invitedUntil: Date | null;
}

export interface UserChanges {
  /** An administrator vouches for it, so it leads to the account, whatever the person chose before. */
  email?: string | undefined;
  name?: string | undefined;
  role?: Role | undefined;
  status?: User['status'] | undefined;
}

export interface Users {
  /**
   * Without a password, the person needs an invitation.
   * @throws CspError `state_conflict` when the email is taken; `permission_denied` for a password where the server takes none.
   */
  create(user: { email: string; name: string; role: Role; password?: string | undefined }): Promise<User>;
  find(id: string): Promise<User | undefined>;
  /** Longest-standing first; `next` is the `after` of the next page, null on the last one. */
  list(options: { limit: number; after?: string | undefined }): Promise<{ users: User[]; next: string | null }>;
  /**
   * Changes the account, here at once and on other servers within seconds. A lock ends its sign-ins. Undefined when
   * there is no such account.
   * @throws CspError `state_conflict` for a change that would leave no active administrator, or an email that is taken.
   */
  update(id: string, changes: UserChanges): Promise<User | undefined>;
  /**
   * Deletes the account with its keys and sign-ins; false when there is none.
   * @throws CspError `state_conflict` for the last active administrator.
   */
  remove(id: string): Promise<boolean>;
  /**
   * Locks the account, takes its role and ends its sign-ins, for the provider. `kept` for the last active administrator,
   * whose sign-ins end all the same; `unchanged` for a locked account, and where there is none.
   */
  lockForProvider(id: string): Promise<'locked' | 'kept' | 'unchanged'>;
  /** Unlocks the account if the provider has locked it, and nobody here since; true when it has. */
  unlockForProvider(id: string): Promise<boolean>;
}

/** Why an account is locked that no administrator has locked. */
const LOCKED_BY_PROVIDER = 'locked by the provider';

export interface UsersDeps {
  kind: 'sqlite' | 'postgres';
  database: Kysely<StoreTables>;
  context: () => Promise<AuthContext>;
  clock: Clock;
  takesPasswords: boolean;
  /** Called after an account has changed. */
  onChange: (userId: string) => Promise<void>;
}

interface FullUserRow extends UserRow {
  createdAt: Date;
  invitedUntil?: Date | null | undefined;
}

/** Any number that locks nothing else. */
const ADMINISTRATORS_LOCK = 4_600_002;

export function createUsers({ kind, database, context, clock, takesPasswords, onChange }: UsersDeps): Users {
  const toUser = (row: FullUserRow): User => ({
    ...{ id: row.id, email: row.email, name: row.name, role: toRole(row.role), createdAt: row.createdAt },
    status: isBanned(row, clock.now()) ? 'locked' : 'active',
    invitedUntil: row.invitedUntil ?? null,
  });

  const find = async (id: string): Promise<User | undefined> => {
    const { adapter } = await context();
    const row = await adapter.findOne<FullUserRow>({ model: 'user', where: [{ field: 'id', value: id }] });
    return row === null ? undefined : toUser(row);
  };

  /** One change after the other, on all servers, so that two administrators cannot take each other's role away. */
  const changeInOrder = (work: (transaction: Kysely<AuthTables>) => Promise<void>): Promise<void> =>
    toAuthDatabase(database)
      .transaction()
      .execute(async (transaction) => {
        if (kind === 'postgres') await sql`select pg_advisory_xact_lock(${ADMINISTRATORS_LOCK})`.execute(transaction);
        await work(transaction);
      });

  const toStoredBoolean = (value: boolean): boolean | number => (kind === 'postgres' ? value : Number(value));

  return {
    async create({ email, name, role, password }) {
      if (password !== undefined) assertTakesPasswords(takesPasswords);
      const { internalAdapter, password: passwords } = await context();
      const taken = async () => (await internalAdapter.findUserByEmail(email)) !== null;
      const conflict = () => toTaken(email);
      if (await taken()) throw conflict();
      if (password !== undefined) await assertHardToGuess(password, [email, name]);
      const fields = { name, email: toStoredEmail(email), emailVerified: false, role };
      const row = await internalAdapter.createUser(fields, { method: 'admin' }).catch(async (error: unknown) => {
        // Somebody else was first.
        throw (await taken()) ? conflict() : error;
      });
      if (password !== undefined) {
        const account = { accountId: row.id, providerId: 'credential', userId: row.id };
        await internalAdapter.linkAccount({ ...account, password: await passwords.hash(password) });
      }
      return toUser(row as FullUserRow);
    },

    find,

    async list({ limit, after }) {
      const { adapter } = await context();
      const rows = await adapter.findMany<FullUserRow>({
        model: 'user',
        ...(after !== undefined && { where: [{ field: 'id', operator: 'gt', value: after }] }),
        // Ids begin with the time.
        sortBy: { field: 'id', direction: 'asc' },
        limit: limit + 1,
      });
      const users = rows.slice(0, limit).map(toUser);
      return { users, next: rows.length > limit ? (users.at(-1)?.id ?? null) : null };
    },

    async update(id, { email, name, role, status }) {
      const { internalAdapter } = await context();
      const isTaken = async () =>
        email !== undefined && ![undefined, id].includes((await internalAdapter.findUserByEmail(email))?.user.id);
      if (await isTaken()) throw toTaken(email);
      await changeInOrder(async (transaction) => {
        const weakens = status === 'locked' || (role !== undefined && role !== 'admin');
        if (weakens) await assertAnotherAdministrator(transaction, id);
        await transaction
          .updateTable('auth_user')
          .set({
            ...(name !== undefined && { name }),
            ...(email !== undefined && { email: toStoredEmail(email), emailChosen: toStoredBoolean(false) }),
            ...(role !== undefined && { role }),
            ...(status !== undefined && {
              banned: toStoredBoolean(status === 'locked'),
              banReason: null,
              banExpires: null,
            }),
            updatedAt: toStoredTime(kind, new Date(clock.now())),
          } as Partial<AuthTables['auth_user']>)
          .where('id', '=', id)
          .execute();
        if (status === 'locked') await transaction.deleteFrom('auth_session').where('userId', '=', id).execute();
      }).catch(async (error: unknown) => {
        // Somebody else was first.
        throw (await isTaken()) ? toTaken(email) : error;
      });
      await onChange(id);
      return find(id);
    },

    async remove(id) {
      let isRemoved = false;
      await changeInOrder(async (transaction) => {
        await assertAnotherAdministrator(transaction, id);
        const { numDeletedRows } = await transaction
          .deleteFrom('auth_user')
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        isRemoved = numDeletedRows > 0n;
      });
      await onChange(id);
      return isRemoved;
    },

    async lockForProvider(id) {
      let result: 'locked' | 'kept' | 'unchanged' = 'unchanged';
      await changeInOrder(async (transaction) => {
        const user = await transaction.selectFrom('auth_user').select('banned').where('id', '=', id).executeTakeFirst();
        if (user === undefined || user.banned) return;
        result = (await isLastAdministrator(transaction, id)) ? 'kept' : 'locked';
        const lock = { role: 'user', banned: toStoredBoolean(true), banReason: LOCKED_BY_PROVIDER, banExpires: null };
        const update = { ...lock, updatedAt: toStoredTime(kind, new Date(clock.now())) };
        if (result === 'locked') await transaction.updateTable('auth_user').set(update).where('id', '=', id).execute();
        await transaction.deleteFrom('auth_session').where('userId', '=', id).execute();
      });
      if (result !== 'unchanged') await onChange(id);
      return result;
    },

    async unlockForProvider(id) {
      const { numUpdatedRows } = await toAuthDatabase(database)
        .updateTable('auth_user')
        .set({ banned: toStoredBoolean(false), banReason: null })
        .where('id', '=', id)
        .where('banReason', '=', LOCKED_BY_PROVIDER)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows > 0n) await onChange(id);
      return numUpdatedRows > 0n;
    },
  };
}

function toTaken(email: string | undefined): CspError {
  return new CspError('state_conflict', `There is an account with the email ${email} already`);
}

/** @throws CspError `state_conflict` when this is the only active administrator. */
async function assertAnotherAdministrator(transaction: Kysely<AuthTables>, id: string): Promise<void> {
  if (await isLastAdministrator(transaction, id))
    throw new CspError(
      'state_conflict',
      'This is the last active administrator. Make somebody else an administrator first',
    );
}

async function isLastAdministrator(transaction: Kysely<AuthTables>, id: string): Promise<boolean> {
  const rows = await transaction
    .selectFrom('auth_user')
    .select(['id', 'role', 'banned', 'invitedUntil'])
    .where('role', 'like', '%admin%')
    .execute();
  const active = rows.filter(({ role, banned }) => toRole(role) === 'admin' && !banned);
  if (!active.some((row) => row.id === id)) return false;
  const others = active.filter((row) => row.id !== id);
  if (others.some(({ invitedUntil }) => invitedUntil === null)) return false;
  // Who has not accepted an invitation yet can act only with a key.
  for (const other of others) {
    const keys = transaction
      .selectFrom('auth_api_key')
      .select('id')
      .where('userId', '=', other.id)
      // Those end with the administrator who made them.
      .where((where) => where.or([where('madeBy', 'is', null), where('madeBy', '!=', id)]));
    if ((await keys.executeTakeFirst()) !== undefined) return false;
  }
  return true;
}
