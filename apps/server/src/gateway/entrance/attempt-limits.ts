import { CspError } from '@claude-sdk-pattern/protocol';

import { toStoredEmail } from '../../identity/email-address.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';
import { toNetwork } from './network.ts';

const MINUTE_MS = 60_000;
/** Failed attempts of one address for one account, in a minute. */
const MAX_OF_PAIR = 10;
/** The same while the account is under attack: too few to guess anything, and enough for the owner to sign in. */
const MAX_OF_PAIR_UNDER_ATTACK = 2;
/** An account is under attack after this many failed attempts from all addresses in 15 minutes. */
const UNDER_ATTACK = 100;
const ATTACK_MS = 15 * MINUTE_MS;
/** Failed attempts of one address for all accounts. Many people may share an address. */
const MAX_OF_ADDRESS = 100;
/** Passwords of one address, and of one account, that are checked at the same time: each takes a core for 60 ms. */
const MAX_AT_ONCE = 3;
const RETRY_AT_ONCE_MS = 1000;
/** Confirmations of one account in a minute, also with the right password. */
const MAX_CONFIRMATIONS = 20;
/** Bad credentials that nobody can guess of one address. */
const MAX_UNGUESSABLE = 100;

/** A password that somebody signs in with, or confirms. */
export interface Attempt {
  address: string;
  /** An email, or the id of a user. */
  account: string;
  /** The person is signed in already: even with the right password nobody needs many. */
  isConfirmation?: boolean;
}

/** Limits how often credentials can be guessed, without locking out their owners. Per server, in memory. */
export interface AttemptLimits {
  /**
   * Counts an attempt as failed unless `succeeded` is called, or `work` resolves.
   * @throws CspError `rate_limited`, and what `work` throws
   */
  during<T>(attempt: Attempt, work: (succeeded: () => void) => Promise<T>): Promise<T>;
  /**
   * The same for a step of a single sign-on. Any page can send a browser there, so it has a window of its own and takes no
   * attempt away from passwords.
   * @throws CspError `rate_limited`
   */
  beginSignOn(address: string, step: 'leave' | 'return'): { succeeded(): void };
  /**
   * For a credential that nobody can guess: it is signed, or has 256 random bits. It is looked at in any case, so that
   * nobody is refused for what others at their address get wrong.
   * @throws CspError what `work` throws; `rate_limited` in place of `authentication_required` from the 101st in a minute
   */
  tryUnguessable<T>(address: string, work: () => Promise<T>): Promise<T>;
}

export function createAttemptLimits(nowMs: () => number = () => performance.now()): AttemptLimits {
  const ofPair = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_OF_PAIR_UNDER_ATTACK });
  const ofAddress = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_OF_ADDRESS });
  const ofAccount = createAttemptWindow(ATTACK_MS, nowMs, { keepFrom: UNDER_ATTACK });
  const ofSignOn = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_OF_ADDRESS });
  const unguessable = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_UNGUESSABLE });
  const confirmations = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_CONFIRMATIONS });

  /** Attempts under way, by their address and by their account. */
  const atOnce = new Map<string, number>();

  /** @returns a function that takes the attempt back */
  const count = ({ account: name, isConfirmation }: Attempt, address: string): (() => void) => {
    const account = toAccountKey(name);
    const pair = `${address} ${account}`;
    const isUnderAttack = ofAccount.count(account) >= UNDER_ATTACK;
    const wait = Math.max(
      ofPair.waitMs(pair, isUnderAttack ? MAX_OF_PAIR_UNDER_ATTACK : MAX_OF_PAIR),
      ofAddress.waitMs(address, MAX_OF_ADDRESS),
      isConfirmation ? confirmations.waitMs(account, MAX_CONFIRMATIONS) : 0,
    );
    if (wait > 0) throw toRefusal('Too many attempts to sign in from this address', wait);
    const counted = [
      [ofPair, pair],
      [ofAddress, address],
      [ofAccount, account],
    ] as const;
    for (const [window, key] of counted) window.add(key);
    if (isConfirmation) confirmations.add(account);
    return () => {
      for (const [window, key] of counted) window.takeBack(key);
    };
  };

  return {
    async during(attempt, work) {
      const address = toNetwork(attempt.address);
      const keys = [`address ${address}`, `account ${toAccountKey(attempt.account)}`];
      if (keys.some((key) => (atOnce.get(key) ?? 0) >= MAX_AT_ONCE))
        throw toRefusal('Other attempts to sign in are being checked', RETRY_AT_ONCE_MS);
      let takeBack: (() => void) | undefined = count(attempt, address);
      const succeeded = (): void => {
        takeBack?.();
        takeBack = undefined;
      };
      for (const key of keys) atOnce.set(key, (atOnce.get(key) ?? 0) + 1);
      try {
        const result = await work(succeeded);
        succeeded();
        return result;
      } catch (error) {
        // Nothing was checked.
        if (error instanceof CspError && error.code === 'overloaded') succeeded();
        throw error;
      } finally {
        for (const key of keys) {
          const left = (atOnce.get(key) ?? 1) - 1;
          if (left > 0) atOnce.set(key, left);
          else atOnce.delete(key);
        }
      }
    },

    beginSignOn(given, step) {
      const key = `${step} ${toNetwork(given)}`;
      const wait = ofSignOn.waitMs(key, MAX_OF_ADDRESS);
      if (wait > 0) throw toRefusal('Too many attempts to sign in from this address', wait);
      ofSignOn.add(key);
      return { succeeded: () => ofSignOn.takeBack(key) };
    },

    async tryUnguessable(given, work) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof CspError) || error.code !== 'authentication_required') throw error;
        const address = toNetwork(given);
        const wait = unguessable.waitMs(address, MAX_UNGUESSABLE);
        if (wait > 0) throw toRefusal('Too many bad credentials from this address', wait);
        unguessable.add(address);
        throw error;
      }
    },
  };
}

function toAccountKey(name: string): string {
  return toStoredEmail(name.trim());
}

function toRefusal(what: string, waitMs: number): CspError {
  const seconds = Math.ceil(waitMs / 1000);
  return new CspError('rate_limited', `${what}. Wait ${seconds} s, then try again.`, { retryAfterMs: waitMs });
}
