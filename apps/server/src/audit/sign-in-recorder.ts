import { toStoredEmail } from '../identity/email-address.ts';
import type { Clock } from '../lib/clock.ts';
import type { AuditRecorder } from './audit-log.ts';
import { toDigestOf } from './canonical-json.ts';
import { ANONYMOUS, type Fact } from './fact.ts';

export interface SignInAttempt {
  method: 'link' | 'api_key' | 'password' | 'passkey' | 'oidc' | 'invitation';
  address: string;
}

export interface SignInRecorder {
  succeeded(userId: string, attempt: SignInAttempt): Promise<void>;
  /**
   * At most 100 a minute, so that nobody can fill the log: the last one of a minute says that further ones are left out.
   * `account` is what was typed as the name; only the beginning of its digest is kept, since people type passwords there.
   */
  failed(attempt: SignInAttempt & { account?: string | undefined; reason: string }): Promise<void>;
}

const WINDOW_MS = 60_000;
const MAX_FAILURES = 100;
const DIGEST_CHARS = 16;

/** Records sign-ins, and a bounded number of those that failed. */
export function createSignInRecorder({ audit, clock }: { audit: AuditRecorder; clock: Clock }): SignInRecorder {
  let windowEndsMs = 0;
  let failures = 0;

  return {
    succeeded: (userId, { method, address }) =>
      audit.record({
        ...{ actor: { type: 'user', id: userId }, action: 'auth.sign_in', target: { type: 'user', id: userId } },
        details: { method, address },
      }),

    async failed({ method, address, account, reason }) {
      if (clock.now() >= windowEndsMs) {
        windowEndsMs = clock.now() + WINDOW_MS;
        failures = 0;
      }
      failures += 1;
      if (failures > MAX_FAILURES) return;
      const fact: Fact = {
        ...{ actor: ANONYMOUS, action: 'auth.sign_in', target: { type: 'user', id: null }, outcome: 'failure' },
        details: {
          ...{ method, address, reason },
          ...(account !== undefined && { account_digest: toDigestOf(toStoredEmail(account)).slice(0, DIGEST_CHARS) }),
          ...(failures === MAX_FAILURES && { further_left_out_until: new Date(windowEndsMs).toISOString() }),
        },
      };
      await audit.record(fact);
    },
  };
}
