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
