import type { AuthContext } from './auth.ts';

/** Sets the password of an account, its first one or another. `hash` is better-auth's own. */
export async function storePassword(
  { internalAdapter }: Pick<AuthContext, 'internalAdapter'>,
  userId: string,
  hash: string,
): Promise<void> {
  if ((await internalAdapter.findCredentialAccount(userId)) !== null)
    await internalAdapter.updatePassword(userId, hash);
  else await internalAdapter.linkAccount({ accountId: userId, providerId: 'credential', userId, password: hash });
}

/** Nothing for an account without one. */
export async function removePassword({ adapter }: Pick<AuthContext, 'adapter'>, userId: string): Promise<void> {
  const where = [
    { field: 'userId', value: userId },
    { field: 'providerId', value: 'credential' },
  ];
  await adapter.deleteMany({ model: 'account', where });
}

/** Null for an account without a password. */
export async function findPasswordHash(
  { internalAdapter }: Pick<AuthContext, 'internalAdapter'>,
  userId: string,
): Promise<string | null> {
  return (await internalAdapter.findCredentialAccount(userId))?.password ?? null;
}

/**
 * Sets the password of an account whose password is still the given one.
 * @param confirmed the hash of the password that the person has confirmed; null for an account without one
 * @returns false, with nothing done, where it has another one meanwhile
 */
export async function replacePassword(
  { internalAdapter, adapter }: Pick<AuthContext, 'internalAdapter' | 'adapter'>,
  userId: string,
  { confirmed, hash }: { confirmed: string | null; hash: string },
): Promise<boolean> {
  if (confirmed === null) {
    if ((await findPasswordHash({ internalAdapter }, userId)) !== null) return false;
    await storePassword({ internalAdapter }, userId, hash);
    return true;
  }
  const where = [
    { field: 'userId', value: userId },
    { field: 'providerId', value: 'credential' },
    { field: 'password', value: confirmed },
  ];
  return (await adapter.updateMany({ model: 'account', where, update: { password: hash } })) > 0;
}
