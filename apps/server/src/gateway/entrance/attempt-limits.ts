import { createHash } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';

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
}

/** Limits how often credentials can be guessed, without locking out their owners. Per server, in memory. */
export interface AttemptLimits {
  /**
   * Counts an attempt as failed, unless the returned function is called.
   * @throws CspError `rate_limited`
   */
  begin(attempt: Attempt): { succeeded(): void };
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
  const good = new Set<string>();

  return {
    begin({ address: given, account: name, isPerson }) {
      const address = toNetwork(given);
      const account = name?.trim().toLowerCase() ?? '';
      const pair = `${address} ${account}`;
      const isUnderAttack = isPerson && ofAccount.count(account) >= UNDER_ATTACK;
      const ofThisPair = isUnderAttack ? MAX_OF_PAIR_UNDER_ATTACK : MAX_OF_PAIR;
      const wait = Math.max(
        name === undefined ? 0 : ofPair.waitMs(pair, ofThisPair),
        ofAddress.waitMs(address, MAX_OF_ADDRESS),
      );
      if (wait > 0) throw toRefusal('Too many attempts to sign in from this address', wait);
      const counted = [
        ...(name === undefined ? [] : ([[ofPair, pair]] as const)),
        [ofAddress, address],
        ...(isPerson ? ([[ofAccount, account]] as const) : []),
      ] as const;
      for (const [window, key] of counted) window.add(key);
      return {
        succeeded() {
          for (const [window, key] of counted) window.takeBack(key);
        },
      };
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

/** A digest, since this stays in memory. */
function toKey(address: string, credential: string): string {
  return createHash('sha256').update(`${address} ${credential}`).digest('base64');
}

function toRefusal(what: string, waitMs: number): CspError {
  const seconds = Math.ceil(waitMs / 1000);
  return new CspError('rate_limited', `${what}. Wait ${seconds} s, then try again.`, { retryAfterMs: waitMs });
}
