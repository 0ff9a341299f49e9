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
