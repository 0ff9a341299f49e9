import type { IncomingHttpHeaders } from 'node:http';

import type { Clock } from '../lib/clock.ts';
import { isBanned, type Actor } from './actor.ts';
import { findLiveKey, toSignInActor } from './api-keys.ts';
import type { Auth } from './auth.ts';

export interface CookieSignInsDeps {
  auth: Auth;
  clock: Clock;
}

/** Sign-ins of browsers, each named by the cookie that better-auth sets. */
export interface CookieSignIns {
  /** The name of the cookie. */
  findName(): Promise<string>;
  /** Who is signed in by the cookie of this name and value; null where nobody is any more. */
  findActor(name: string, value: string): Promise<Actor | null>;
  /** Ends the sign-in. Returns the `Set-Cookie` values that clear its cookie. */
  end(headers: IncomingHttpHeaders): Promise<string[]>;
  /** Extends a sign-in that is a day old or more; returns the `Set-Cookie` values to send, mostly none. */
  refresh(headers: IncomingHttpHeaders): Promise<string[]>;
}

export function createCookieSignIns({ auth, clock }: CookieSignInsDeps): CookieSignIns {
  return {
    async findName() {
      return (await auth.$context).authCookies.sessionToken.name;
    },

    async findActor(name, value) {
      const headers = new Headers({ cookie: `${name}=${value}` });
      const found = await auth.api.getSession({ headers, query: { disableRefresh: true } });
      if (found === null || isBanned(found.user, clock.now())) return null;
      const { id: signInId, apiKeyId } = found.session;
      const key = apiKeyId == null ? undefined : await findLiveKey(await auth.$context, apiKeyId, clock.now());
      if (apiKeyId != null && key === undefined) return null;
      return toSignInActor(found.user, signInId, key);
    },

    async end(headers) {
      const result = await auth.api.signOut({ headers: toCookieHeaders(headers), returnHeaders: true });
      return result.headers.getSetCookie();
    },

    async refresh(headers) {
      const query = { disableRefresh: true } as const;
      const kept = await auth.api.getSession({ headers: toCookieHeaders(headers), query });
      if (kept?.session.endsAt != null) return [];
      const result = await auth.api.getSession({ headers: toCookieHeaders(headers), returnHeaders: true });
      return result.headers.getSetCookie();
    },
  };
}

function toCookieHeaders(headers: IncomingHttpHeaders): Headers {
  return new Headers(headers.cookie === undefined ? {} : { cookie: headers.cookie });
}
