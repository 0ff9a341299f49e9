import { createHash } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { toStoredEmail } from '../../identity/email-address.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';
import { makeRoom } from '../../lib/make-room.ts';
import { toNetwork } from './address-rate.ts';
import { isAdmitted, isCredentialKnown } from './admission.ts';

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
/** Bad credentials in headers of one address. */
const MAX_BAD_HEADERS = 100;
const MAX_GOOD_HEADERS = 10_000;

/** An attempt to sign in, or to confirm a password. */
export interface Attempt {
  address: string;
  /** An email, or the kind of credential that is guessed; undefined where nothing is guessed: only the address counts. */
  account: string | undefined;
  /** Whether `account` is one account. Many keys, or links, share one name. */
  isPerson: boolean;
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
   * For a credential in a header.
   * @throws CspError `rate_limited` when its address sends many bad ones and this one was not good before.
   */
  assertMayTry(address: string, credential: string): void;
  noteGood(address: string, credential: string): void;
  noteBad(address: string): void;
}

export function createAttemptLimits(nowMs: () => number = () => performance.now()): AttemptLimits {
  const ofPair = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_OF_PAIR_UNDER_ATTACK });
  const ofAddress = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_OF_ADDRESS });
  const ofAccount = createAttemptWindow(ATTACK_MS, nowMs, { keepFrom: UNDER_ATTACK });
  const ofSignOn = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_OF_ADDRESS });
  const badHeaders = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_BAD_HEADERS });
  const confirmations = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: MAX_CONFIRMATIONS });
  const good = new Set<string>();

  /** Attempts under way, by their address and by their account. */
  const atOnce = new Map<string, number>();

  /** @returns a function that takes the attempt back */
  const count = ({ account: name, isPerson, isConfirmation }: Attempt, address: string): (() => void) => {
    const account = toAccountKey(name);
    const pair = `${address} ${account}`;
    const isUnderAttack = isPerson && ofAccount.count(account) >= UNDER_ATTACK;
    const ofThisPair = isUnderAttack ? MAX_OF_PAIR_UNDER_ATTACK : MAX_OF_PAIR;
    const wait = Math.max(
      name === undefined ? 0 : ofPair.waitMs(pair, ofThisPair),
      ofAddress.waitMs(address, MAX_OF_ADDRESS),
      isConfirmation ? confirmations.waitMs(account, MAX_CONFIRMATIONS) : 0,
    );
    if (wait > 0) throw toRefusal('Too many attempts to sign in from this address', wait);
    const counted = [
      ...(name === undefined ? [] : ([[ofPair, pair]] as const)),
      [ofAddress, address],
      ...(isPerson ? ([[ofAccount, account]] as const) : []),
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
      const keys = attempt.isPerson ? [`address ${address}`, `account ${toAccountKey(attempt.account)}`] : [];
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

    assertMayTry(given, credential) {
      const address = toNetwork(given);
      const wait = badHeaders.waitMs(address, MAX_BAD_HEADERS);
      if (wait > 0 && !good.has(toKey(address, credential)))
        throw toRefusal('Too many requests with a bad credential from this address', wait);
    },

    noteGood(address, credential) {
      const key = toKey(toNetwork(address), credential);
      // The credential that was unused for longest is forgotten.
      good.delete(key);
      makeRoom(good, MAX_GOOD_HEADERS);
      good.add(key);
    },

    noteBad: (address) => badHeaders.add(toNetwork(address)),
  };
}

/** Counts bad credentials in headers, on every route. Call it before adding routes. */
export function limitBadHeaders(app: FastifyInstance, limits: AttemptLimits): void {
  app.addHook('onRequest', async (request) => {
    const credential = findHeaderCredential(request);
    if (credential !== undefined) limits.assertMayTry(request.ip, credential);
  });
  app.addHook('onResponse', async (request, { statusCode }) => {
    const credential = findHeaderCredential(request);
    if (credential === undefined) return;
    if (statusCode === 401 && !isCredentialKnown(request)) limits.noteBad(request.ip);
    // A public route answers any credential, so its answer says nothing about it.
    else if (statusCode < 400 && isAdmitted(request)) limits.noteGood(request.ip, credential);
  });
}

function findHeaderCredential({ headers }: FastifyRequest): string | undefined {
  const { authorization, 'x-api-key': apiKey } = headers;
  return authorization ?? (Array.isArray(apiKey) ? apiKey[0] : apiKey);
}

function toAccountKey(name: string | undefined): string {
  return toStoredEmail(name?.trim() ?? '');
}

/** A digest, since this stays in memory. */
function toKey(address: string, credential: string): string {
  return createHash('sha256').update(`${address} ${credential}`).digest('base64');
}

function toRefusal(what: string, waitMs: number): CspError {
  const seconds = Math.ceil(waitMs / 1000);
  return new CspError('rate_limited', `${what}. Wait ${seconds} s, then try again.`, { retryAfterMs: waitMs });
}
