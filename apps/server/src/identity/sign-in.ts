import { CspError } from '@claude-sdk-pattern/protocol';
import { APIError } from 'better-auth/api';

import type { Clock } from '../lib/clock.ts';
import { isBanned } from './actor.ts';
import { CLIENT_ADDRESS_HEADER, type Auth } from './auth.ts';
import { isPlainEmail } from './email-address.ts';
import { findPasswordHash } from './store-password.ts';

/** Where a sign-in comes from; kept with it so that its owner can recognise it. */
export interface Client {
  address: string;
  userAgent?: string | undefined;
}

/** A request to sign in. */
export interface SignInRequest extends Client {
  /** Called once the credential is known to be good, with whose it is. What it throws refuses the sign-in. */
  admit?: ((who: { userId: string; credentialId: string }) => void) | undefined;
}

/** A new sign-in by cookie: send each of `setCookies` as a `Set-Cookie` header. */
export interface SignedIn {
  userId: string;
  signInId: string;
  setCookies: string[];
}

export interface SignIn {
  /**
   * Signs a user in whose credential has been checked. With the id of the API key or the passkey, the sign-in ends with
   * it; with `endsAt` it ends then, however much it is used.
   * @throws CspError `permission_denied` for a locked user.
   */
  open(
    who: { userId: string; apiKeyId: string | null; passkeyId?: string | null; credentialId?: string; endsAt?: Date },
    request: SignInRequest,
  ): Promise<SignedIn>;
  /** Null for an unknown user, a wrong password, and one that was replaced while it was checked. */
  withPassword(email: string, password: string, request: SignInRequest): Promise<SignedIn | null>;
}

export function createSignIn({ auth, clock }: { auth: Auth; clock: Clock }): SignIn {
  const open: SignIn['open'] = async (
    { userId, apiKeyId, passkeyId = null, credentialId = userId, endsAt },
    request,
  ) => {
    request.admit?.({ userId, credentialId });
    const options = {
      body: { userId, apiKeyId, passkeyId, endsAt },
      headers: toHeaders(request),
      returnHeaders: true,
    } as const;
    const { headers, response } = await auth.api.openSession(options).catch(throwAsCspError);
    const signedIn = { userId, signInId: response.sessionId, setCookies: headers.getSetCookie() };
    // A lock ends the sign-ins that it finds. This one may be younger, and would be good once the lock is over.
    const user = await (await auth.$context).internalAdapter.findUserById(userId);
    if (user !== null && !isBanned(user, clock.now())) return signedIn;
    await end(signedIn);
    throw new CspError('permission_denied', 'This account is locked. Ask an administrator to unlock it.');
  };

  const end = async ({ signInId }: SignedIn): Promise<void> => {
    const { adapter } = await auth.$context;
    await adapter.deleteMany({ model: 'session', where: [{ field: 'id', value: signInId }] });
  };

  return {
    open,

    async withPassword(email, password, request) {
      const context = await auth.$context;
      const { internalAdapter, password: passwords } = context;
      // better-auth lowers every letter, and would find somebody else by some.
      const found = isPlainEmail(email) ? await internalAdapter.findUserByEmail(email) : null;
      const userId = found?.user.id;
      const hash = userId === undefined ? null : await findPasswordHash(context, userId);
      if (userId === undefined || hash === null) {
        // It takes as long as for an account with a password.
        await passwords.hash(password);
        return null;
      }
      if (!(await passwords.verify({ hash, password }))) return null;
      const signedIn = await open({ userId, apiKeyId: null }, request);
      if ((await findPasswordHash(context, userId)) === hash) return signedIn;
      // Whoever set another password meanwhile has ended the sign-ins that there were.
      await end(signedIn);
      return null;
    },
  };
}

function toHeaders({ address, userAgent }: Client): Headers {
  const headers = new Headers({ [CLIENT_ADDRESS_HEADER]: address });
  if (userAgent !== undefined) headers.set('user-agent', userAgent);
  return headers;
}

function throwAsCspError(error: unknown): never {
  if (error instanceof APIError && error.statusCode === 403) {
    throw new CspError('permission_denied', error.message, { cause: error });
  }
  if (error instanceof APIError && error.statusCode === 401) {
    throw new CspError('authentication_required', error.message, { cause: error });
  }
  throw error;
}
