import { randomBytes } from 'node:crypto';

import type { Clock } from '../lib/clock.ts';
import type { AuthContext } from './auth.ts';

const LINK_LIFETIME_MS = 30 * 60_000;
const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/**
 * Makes a one-time token for a user. The database keeps only a hash of it (better-auth hashes the identifier). Put it
 * behind the `#` of a URL, which browsers never send.
 */
export async function createLinkToken(
  context: AuthContext,
  userId: string,
  clock: Clock,
): Promise<{ token: string; expiresAt: Date }> {
  const token = randomBytes(32).toString('base64url');
  const expiresAt = new Date(clock.now() + LINK_LIFETIME_MS);
  await context.internalAdapter.createVerificationValue({ identifier: toIdentifier(token), value: userId, expiresAt });
  return { token, expiresAt };
}

/** The user of a token. The first call uses the token up, also among calls at the same time and on other nodes. */
export async function consumeLinkToken(context: AuthContext, token: string, clock: Clock): Promise<string | undefined> {
  if (!TOKEN_PATTERN.test(token)) return undefined;
  const consumed = await context.internalAdapter.consumeVerificationValue(toIdentifier(token));
  if (consumed === null || consumed.expiresAt.getTime() <= clock.now()) return undefined;
  return consumed.value;
}

function toIdentifier(token: string): string {
  return `csp-sign-in-link:${token}`;
}
