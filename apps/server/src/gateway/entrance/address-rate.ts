import { createHash } from 'node:crypto';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { may } from '../../access/may.ts';
import { createAttemptWindow, type AttemptWindow } from '../../lib/attempt-window.ts';
import { makeRoom } from '../../lib/make-room.ts';
import { isCredentialKnown } from './admission.ts';
import { toNetwork } from './network.ts';

const MINUTE_MS = 60_000;
const MAX_KNOWN = 10_000;
const CONFIRM = 'confirmCredential';

/** Limits how many requests and frames one address sends, whoever sends them. Per server, in memory. */
export interface AddressRate {
  /**
   * Counts one request or frame. One that is refused does not count.
   * @param address of the client, as the trusted proxies tell it
   * @param isAnonymous whether it comes without a credential, or asks for what needs none
   * @throws CspError `rate_limited`, with the time until the next one is carried out.
   */
  take(address: string, isAnonymous: boolean): void;
  /**
   * Counts one request as anonymous until its credential is known to be good. While an address sends many bad ones, it is
   * refused, unless its credential was good before at this address.
   * @param credential the headers that may hold it; only a digest is kept
   * @returns to be called, once or more, when the credential is good.
   * @throws CspError as `take`
   */
  takeUnverified(address: string, credential: string): () => void;
}

export interface AddressLimits {
  /** In a minute; `Infinity` for no limit. */
  perMinute: number;
  /** Of these, without a credential. */
  anonymousPerMinute: number;
}

/** @param nowMs milliseconds that never jump. */
export function createAddressRate(
  { perMinute, anonymousPerMinute }: AddressLimits,
  nowMs: () => number = () => performance.now(),
): AddressRate {
  const all = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: perMinute });
  const anonymous = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: anonymousPerMinute });
  const unverified = createAttemptWindow(MINUTE_MS, nowMs, { keepFrom: anonymousPerMinute });
  /** Digests of addresses with good credentials. */
  const known = new Set<string>();

  /** The one that was unused for longest is forgotten. */
  const remember = (digest: string): void => {
    known.delete(digest);
    makeRoom(known, MAX_KNOWN);
    known.add(digest);
  };

  /** @param limited by what else the address is limited */
  const take = (address: string, limited: AttemptWindow | undefined): void => {
    const wait = Math.max(all.waitMs(address, perMinute), limited?.waitMs(address, anonymousPerMinute) ?? 0);
    if (wait > 0) throw toRefusal(limited === undefined ? perMinute : Math.min(perMinute, anonymousPerMinute), wait);
    all.add(address);
    limited?.add(address);
  };

  return {
    take: (given, isAnonymous) => take(toNetwork(given), isAnonymous ? anonymous : undefined),
    takeUnverified(given, credential) {
      const address = toNetwork(given);
      const digest = createHash('sha256').update(`${address} ${credential}`).digest('base64');
      const isKnown = known.delete(digest);
      take(address, isKnown ? undefined : unverified);
      if (!isKnown) anonymous.add(address);
      let isConfirmed = false;
      return () => {
        if (isConfirmed) return;
        isConfirmed = true;
        remember(digest);
        if (isKnown) return;
        for (const window of [unverified, anonymous]) window.takeBack(address);
      };
    },
  };
}

/** Refuses what one address sends too much of, before any credential is looked up. Call it before adding routes. */
export function limitAddresses(app: FastifyInstance, rate: AddressRate): void {
  app.decorateRequest(CONFIRM, null);
  app.addHook('onRequest', async (request) => {
    // Whoever watches the server would take a refusal for its death.
    if (request.url.startsWith('/health/')) return;
    const credential = findUnverified(request);
    if (credential === undefined) rate.take(request.ip, true);
    else request.setDecorator(CONFIRM, rate.takeUnverified(request.ip, credential));
  });
  const confirm = async (request: FastifyRequest): Promise<void> => {
    if (isCredentialKnown(request)) request.getDecorator<(() => void) | null>(CONFIRM)?.();
  };
  // A request may take long after it was admitted, and one with a good credential may be refused.
  app.addHook('preParsing', confirm);
  app.addHook('onResponse', confirm);
}

/** Undefined where no credential is asked for, or none is sent. */
function findUnverified({ is404, routeOptions, headers }: FastifyRequest): string | undefined {
  if (is404 || may(undefined, routeOptions.config.action, 'none')) return undefined;
  const sent = [headers.authorization, headers['x-api-key'], headers.cookie];
  return sent.every((value) => value === undefined) ? undefined : JSON.stringify(sent);
}

function toRefusal(limit: number, waitMs: number): CspError {
  const seconds = Math.ceil(waitMs / 1000);
  return new CspError(
    'rate_limited',
    `Too many requests from your address in a minute. Wait ${seconds} s, then try again.`,
    {
      details: { limit },
      retryAfterMs: waitMs,
    },
  );
}
