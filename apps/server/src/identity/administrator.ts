import type { AuthContext } from './auth.ts';
import type { UserRow } from './principal.ts';

/** An address that no mail can reach; the administrator may change it. */
const ADMINISTRATOR_EMAIL = 'administrator@localhost.localdomain';

/** The longest-standing administrator who is not locked out; made when there is none. */
export async function ensureAdministrator(context: AuthContext): Promise<UserRow> {
  const administrators = await context.adapter.findMany<UserRow>({
    model: 'user',
    where: [{ field: 'role', value: 'admin' }],
    sortBy: { field: 'createdAt', direction: 'asc' },
    limit: 20,
  });
  const found = administrators.find((user) => user.banned !== true);
  if (found !== undefined) return found;
  return context.internalAdapter.createUser(
    { name: 'Administrator', email: await findFreeEmail(context), emailVerified: false, role: 'admin' },
    { method: 'admin' },
  );
}

async function findFreeEmail(context: AuthContext): Promise<string> {
  const taken = await context.internalAdapter.findUserByEmail(ADMINISTRATOR_EMAIL);
  return taken === null
    ? ADMINISTRATOR_EMAIL
    : ADMINISTRATOR_EMAIL.replace('@', `-${crypto.randomUUID().slice(0, 8)}@`);
}
