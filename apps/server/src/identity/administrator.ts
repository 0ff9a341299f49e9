import type { AuthContext } from './auth.ts';
import { toRole, type UserRow } from './actor.ts';

/** More than anybody has; a bound for the query. */
const MAX_ADMINISTRATORS = 1000;
/** An address that no mail can reach; the administrator may change it. */
const ADMINISTRATOR_EMAIL = 'administrator@localhost.localdomain';

/** The oldest administrator who is not locked; created when there is none. */
export async function ensureAdministrator(context: AuthContext): Promise<UserRow> {
  const [found] = await listAdministrators(context);
  if (found !== undefined) return found;
  return context.internalAdapter.createUser(
    { name: 'Administrator', email: await findFreeEmail(context), emailVerified: false, role: 'admin' },
    { method: 'admin' },
  );
}

/** The administrators who are not locked, longest-standing first. */
async function listAdministrators(context: AuthContext): Promise<UserRow[]> {
  const users = await context.adapter.findMany<UserRow>({
    model: 'user',
    where: [{ field: 'role', operator: 'contains', value: 'admin' }],
    sortBy: { field: 'createdAt', direction: 'asc' },
    limit: MAX_ADMINISTRATORS,
  });
  return users.filter((user) => toRole(user.role) === 'admin' && user.banned !== true);
}

async function findFreeEmail(context: AuthContext): Promise<string> {
  const taken = await context.internalAdapter.findUserByEmail(ADMINISTRATOR_EMAIL);
  return taken === null
    ? ADMINISTRATOR_EMAIL
    : ADMINISTRATOR_EMAIL.replace('@', `-${crypto.randomUUID().slice(0, 8)}@`);
}
