import { CspError } from '@claude-sdk-pattern/protocol';
import { APIError } from 'better-auth/api';

import { CLIENT_ADDRESS_HEADER, type Auth } from './auth.ts';

/** Where a sign-in comes from; kept with it so that its owner can recognise it. */
export interface Client {
  address: string;
  userAgent?: string | undefined;
}

/** A new sign-in by cookie: send each of `setCookies` as a `Set-Cookie` header. */
export interface SignedIn {
  userId: string;
  setCookies: string[];
}

export interface SignIn {
  /**
   * Signs a user in whose credential has been checked. With the id of the API key, the sign-in ends with the key.
   * @throws CspError `permission_denied` for a locked user.
   */
  open(who: { userId: string; apiKeyId: string | null }, client: Client): Promise<SignedIn>;
  withPassword(email: string, password: string, client: Client): Promise<SignedIn | null>;
}

export function createSignIn(auth: Auth): SignIn {
  return {
    async open({ userId, apiKeyId }, client) {
      const options = { body: { userId, apiKeyId }, headers: toHeaders(client), returnHeaders: true } as const;
      const { headers } = await auth.api.openSession(options).catch(throwAsCspError);
      return { userId, setCookies: headers.getSetCookie() };
    },

    async withPassword(email, password, client) {
      try {
        const body = { email, password };
        const { headers, response } = await auth.api.signInEmail({
          body,
          headers: toHeaders(client),
          returnHeaders: true,
        });
        return { userId: response.user.id, setCookies: headers.getSetCookie() };
      } catch (error) {
        // 400 means that the email is not valid. The answer is the same as for a wrong password.
        if (error instanceof APIError && (error.statusCode === 401 || error.statusCode === 400)) return null;
        return throwAsCspError(error);
      }
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
