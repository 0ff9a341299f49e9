import type { Kysely } from 'kysely';

import type { StoreTables } from '../store/schema.ts';
import { isBanned, ROLES, toRole, type Actor, type UserRow } from './actor.ts';
import type { AuthContext } from './auth.ts';
import { toAuthDatabase } from './auth-tables.ts';

/** A user of a key: their role, and whether they are locked. */
type Holder = Pick<UserRow, 'role'> & { isLocked: boolean };

/**
 * The person behind a credential: of a key, whoever made it. Null for the bootstrap key, which makes an administrator of
 * whoever uses it.
 */
export function findMaker(actor: Pick<Actor, 'via' | 'apiKeyId' | 'keyMadeBy' | 'userId'>): string | null {
  const { via, apiKeyId, keyMadeBy, userId } = actor;
  if (keyMadeBy !== null) return keyMadeBy;
  return via === 'api_key' && apiKeyId === null ? null : userId;
}

/**
 * Whether a key gives more than the role that its maker has now. Whoever makes a key for another account has seen it,
 * so it must not keep them what they lost. Somebody who is locked or deleted counts as a user.
 * @param maker undefined for one who is deleted
 */
function outranks(owner: Holder, maker: Holder | undefined): boolean {
  const rank = ({ role }: Pick<Holder, 'role'>) => ROLES.indexOf(toRole(role));
  return rank(owner) > (maker === undefined || maker.isLocked ? 0 : rank(maker));
}

/** Whether this key of `owner` is good no more because of who made it, also before `endOutrankingKeys` has removed it. */
export async function hasLostMaker(
  { adapter }: Pick<AuthContext, 'adapter'>,
  { madeBy, owner }: { madeBy: string | null; owner: UserRow },
  nowMs: number,
): Promise<boolean> {
  if (madeBy === null) return false;
  const found = await adapter.findOne<UserRow>({ model: 'user', where: [{ field: 'id', value: madeBy }] });
  const toHolder = (row: UserRow): Holder => ({ role: row.role, isLocked: isBanned(row, nowMs) });
  return outranks(toHolder(owner), found === null ? undefined : toHolder(found));
}

/** Removes, for good, the keys that outrank their maker. What was made with them is an orphan then. */
export async function endOutrankingKeys(database: Kysely<StoreTables>): Promise<void> {
  const tables = toAuthDatabase(database);
  const rows = await tables
    .selectFrom('auth_api_key as key')
    .innerJoin('auth_user as owner', 'owner.id', 'key.userId')
    .leftJoin('auth_user as maker', 'maker.id', 'key.madeBy')
    .where('key.madeBy', 'is not', null)
    .select(['key.id', 'owner.role', 'maker.id as makerId', 'maker.role as makerRole', 'maker.banned as makerBanned'])
    .execute();
  const ended = rows.filter(({ role, makerId, makerRole, makerBanned }) =>
    outranks(
      { role, isLocked: false },
      makerId === null ? undefined : { role: makerRole, isLocked: Boolean(makerBanned) },
    ),
  );
  for (const { id } of ended) await tables.deleteFrom('auth_api_key').where('id', '=', id).execute();
}
