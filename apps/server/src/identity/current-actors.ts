import type { Clock } from '../lib/clock.ts';
import type { AuthContext } from './auth.ts';
import { isBanned, toActor, type Actor, type UserRow } from './actor.ts';

/** Ids in one query: below what the databases take as parameters. */
const CHUNK = 1000;

interface CredentialRow {
  id: string;
  userId: string;
  expiresAt: Date | null;
}

/** The current actors of API keys and sign-ins in the database, by credential id. Ended credentials are left out. */
export async function findCurrentActors(
  { adapter }: AuthContext,
  actors: readonly Actor[],
  clock: Clock,
): Promise<Map<string, Actor>> {
  const find = async <T>(model: string, ids: ReadonlySet<string>): Promise<T[]> => {
    const rows: T[] = [];
    const all = [...ids];
    for (let start = 0; start < all.length; start += CHUNK) {
      const value = all.slice(start, start + CHUNK);
      const where = [{ field: 'id', operator: 'in', value } as const];
      rows.push(...(await adapter.findMany<T>({ model, where, limit: value.length })));
    }
    return rows;
  };
  const idsOf = (via: Actor['via']) =>
    new Set(actors.filter((each) => each.via === via).map(({ credentialId }) => credentialId));

  const keys = await find<CredentialRow>('apiKey', idsOf('api_key'));
  const signIns = await find<CredentialRow>('session', idsOf('cookie'));
  const live = [
    ...keys.map((row) => ({ row, via: 'api_key' as const })),
    ...signIns.map((row) => ({ row, via: 'cookie' as const })),
  ].filter(({ row }) => row.expiresAt === null || row.expiresAt.getTime() > clock.now());
  const rows = await find<UserRow>('user', new Set(live.map(({ row }) => row.userId)));
  const users = new Map(rows.filter((user) => !isBanned(user, clock.now())).map((user) => [user.id, user]));
  return new Map(
    live.flatMap(({ row, via }) => {
      const user = users.get(row.userId);
      return user === undefined ? [] : [[row.id, toActor(user, via, row.id)] as const];
    }),
  );
}
