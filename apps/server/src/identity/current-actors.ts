import type { Clock } from '../lib/clock.ts';
import type { AuthContext } from './auth.ts';
import { isBanned, type Actor, type UserRow } from './actor.ts';
import { isExpired, toKeyActor, toSignInActor, type KeyGrant } from './api-keys.ts';
import { hasLostMaker } from './key-makers.ts';

/** Ids in one query: below what the databases take as parameters. */
const CHUNK = 1000;

interface SignInRow {
  id: string;
  userId: string;
  expiresAt: Date;
  apiKeyId: string | null;
}

/** Names a credential of the database. */
type CredentialName = Pick<Actor, 'via' | 'credentialId'>;

/** The current actors of API keys and sign-ins in the database, by credential id. Ended credentials are left out. */
export async function findCurrentActors(
  context: AuthContext,
  actors: readonly CredentialName[],
  clock: Clock,
): Promise<Map<string, Actor>> {
  const { adapter } = context;
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
  const now = clock.now();
  const signIns = (await find<SignInRow>('session', idsOf(actors, 'cookie'))).filter((row) => !isExpired(row, now));
  const makers = signIns.flatMap(({ apiKeyId }) => apiKeyId ?? []);
  const rows = await find<KeyGrant>('apiKey', new Set([...idsOf(actors, 'api_key'), ...makers]));
  const keys = new Map(rows.filter((row) => !isExpired(row, now)).map((row) => [row.id, row]));
  const userIds = new Set([...keys.values(), ...signIns].map(({ userId }) => userId));
  const found = await find<UserRow>('user', userIds);
  const users = new Map(found.filter((user) => !isBanned(user, now)).map((user) => [user.id, user]));

  // Few keys are made for somebody else.
  for (const [id, { userId, madeBy }] of keys) {
    const owner = users.get(userId);
    if (owner !== undefined && (await hasLostMaker(context, { madeBy, owner }, now))) keys.delete(id);
  }

  const current = new Map<string, Actor>();
  for (const id of idsOf(actors, 'api_key')) {
    const key = keys.get(id);
    const user = key && users.get(key.userId);
    if (key && user) current.set(id, toKeyActor(user, key));
  }
  for (const { id, userId, apiKeyId } of signIns) {
    const user = users.get(userId);
    const key = apiKeyId === null ? undefined : keys.get(apiKeyId);
    const hasEnded = apiKeyId !== null && key === undefined;
    if (user !== undefined && !hasEnded) current.set(id, toSignInActor(user, id, key));
  }
  return current;
}

function idsOf(actors: readonly CredentialName[], via: Actor['via']): Set<string> {
  return new Set(actors.filter((each) => each.via === via).map(({ credentialId }) => credentialId));
}
