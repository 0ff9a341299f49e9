import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

import type { Clock } from '../lib/clock.ts';
import { isBanned, type Actor } from './actor.ts';
import { findLiveKey, isExpired, toSignInActor } from './api-keys.ts';
import type { Auth } from './auth.ts';

export interface CookieSignInsDeps {
  auth: Auth;
  clock: Clock;
}

/** Sign-ins of browsers, each named by the cookie that better-auth sets. */
export interface CookieSignIns {
  /** The name of the cookie. */
  findName(): Promise<string>;
  /** Who is signed in by the cookie with this value; null where nobody is any more. */
  findActor(value: string): Promise<Actor | null>;
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

    async findActor(value) {
      const context = await auth.$context;
      const token = readToken(value, context.secret);
      const found = token === undefined ? null : await context.internalAdapter.findSession(token);
      if (found === null || isExpired(found.session, clock.now()) || isBanned(found.user, clock.now())) return null;
      const { id: signInId, apiKeyId } = found.session as SignInRow;
      const key = apiKeyId == null ? undefined : await findLiveKey(context, apiKeyId, clock.now());
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

/** The columns of a sign-in that our own plugin adds. */
interface SignInRow {
  id: string;
  apiKeyId?: string | null;
}

/**
 * The token in a cookie of better-auth (1.7.25: `encodeURIComponent(TOKEN.HMAC)`); undefined unless we signed it. Not
 * by better-auth itself, which takes a thread of Node's pool for it: every request by cookie would wait for whatever
 * fills the pool.
 */
function readToken(value: string, secret: string): string | undefined {
  const text = decode(value);
  const end = text.lastIndexOf('.');
  if (end < 1) return undefined;
  const token = text.slice(0, end);
  const expected = Buffer.from(createHmac('sha256', secret).update(token).digest('base64'));
  const given = Buffer.from(text.slice(end + 1));
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined;
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
}

function toCookieHeaders(headers: IncomingHttpHeaders): Headers {
  return new Headers(headers.cookie === undefined ? {} : { cookie: headers.cookie });
}
