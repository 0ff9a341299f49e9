import { randomBytes } from 'node:crypto';

import type { Clock } from '../lib/clock.ts';
import type { AuthContext } from './auth.ts';

/** How long a person may take, as WebAuthn recommends where they have to confirm: https://www.w3.org/TR/webauthn-3/#sctn-timeout-recommended-range */
export const CHALLENGE_LIFETIME_MS = 5 * 60_000;

/** What an authenticator signs, once. The database has only digests of challenges: better-auth hashes identifiers. */
export interface PasskeyChallenges {
  /** @param purpose what it is good for: to sign in, or to add a passkey to one account. */
  create(purpose: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Uses up a challenge, in base64url. False when it is unknown, used, too old, or for another purpose. */
  consume(challenge: string, purpose: string): Promise<boolean>;
}

export function createPasskeyChallenges(deps: {
  context: () => Promise<AuthContext>;
  clock: Clock;
}): PasskeyChallenges {
  return {
    async create(purpose) {
      const { adapter, internalAdapter } = await deps.context();
      const challenge = new Uint8Array(randomBytes(32));
      const expiresAt = new Date(deps.clock.now() + CHALLENGE_LIFETIME_MS);
      // Whoever begins to sign in and does not end it leaves one behind.
      const over = { field: 'expiresAt', operator: 'lt', value: new Date(deps.clock.now()) } as const;
      await adapter.deleteMany({ model: 'verification', where: [over] });
      const identifier = toIdentifier(Buffer.from(challenge).toString('base64url'));
      await internalAdapter.createVerificationValue({ identifier, value: purpose, expiresAt });
      return challenge;
    },

    async consume(challenge, purpose) {
      const { internalAdapter } = await deps.context();
      const consumed = await internalAdapter.consumeVerificationValue(toIdentifier(challenge));
      return consumed !== null && consumed.value === purpose && consumed.expiresAt.getTime() > deps.clock.now();
    },
  };
}

function toIdentifier(challenge: string): string {
  return `csp-passkey:${challenge}`;
}
