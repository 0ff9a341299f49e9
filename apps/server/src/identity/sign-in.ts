import { CspError } from '@claude-sdk-pattern/protocol';
import { APIError } from 'better-auth/api';

import { CLIENT_ADDRESS_HEADER, type Auth } from './auth.ts';

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
  withPassword(email: string, password: string, request: SignInRequest): Promise<SignedIn | null>;
}

export function createSignIn(auth: Auth): SignIn {
  const openWithPassword = async (body: { email: string; password: string }, client: Client) => {
    try {
      return await auth.api.signInEmail({ body, headers: toHeaders(client), returnHeaders: true });
    } catch (error) {
      // 400 means that the email is not valid. The answer is the same as for a wrong password.
      if (error instanceof APIError && (error.statusCode === 401 || error.statusCode === 400)) return null;
      return throwAsCspError(error);
    }
  };

  return {
    async open({ userId, apiKeyId, passkeyId = null, credentialId = userId, endsAt }, request) {
      request.admit?.({ userId, credentialId });
      const options = {
        body: { userId, apiKeyId, passkeyId, endsAt },
        headers: toHeaders(request),
        returnHeaders: true,
      } as const;
      const { headers } = await auth.api.openSession(options).catch(throwAsCspError);
      return { userId, setCookies: headers.getSetCookie() };
    },

    async withPassword(email, password, request) {
      const opened = await openWithPassword({ email, password }, request);
      if (opened === null) return null;
      const { headers, response } = opened;
      const userId = response.user.id;
      try {
        request.admit?.({ userId, credentialId: userId });
      } catch (error) {
        // better-auth checks the password and opens the sign-in in one step.
        await (await auth.$context).internalAdapter.deleteSession(response.token);
        throw error;
      }
      return { userId, setCookies: headers.getSetCookie() };
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
