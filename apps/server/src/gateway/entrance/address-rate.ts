import { isIPv6 } from 'node:net';

import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { may } from '../../access/may.ts';
import { createAttemptWindow } from '../../lib/attempt-window.ts';

const MINUTE_MS = 60_000;

/** Limits how many requests and frames one address sends, whoever sends them. Per server, in memory. */
export interface AddressRate {
  /**
   * Counts one request or frame. One that is refused does not count.
   * @param address of the client, as the trusted proxies tell it
   * @param isAnonymous whether it comes without a credential, or asks for what needs none
   * @throws CspError `rate_limited`, with the time until the next one is carried out.
   */
  take(address: string, isAnonymous: boolean): void;
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
  const all = createAttemptWindow(MINUTE_MS, nowMs);
  const anonymous = createAttemptWindow(MINUTE_MS, nowMs);
  return {
    take(given, isAnonymous) {
      const address = toNetwork(given);
      const wait = Math.max(
        all.waitMs(address, perMinute),
        isAnonymous ? anonymous.waitMs(address, anonymousPerMinute) : 0,
      );
      if (wait > 0) throw toRefusal(isAnonymous ? Math.min(perMinute, anonymousPerMinute) : perMinute, wait);
      all.add(address);
      if (isAnonymous) anonymous.add(address);
    },
  };
}

/** Refuses what one address sends too much of, before any credential is looked up. Call it before adding routes. */
export function limitAddresses(app: FastifyInstance, rate: AddressRate): void {
  app.addHook('onRequest', async (request) => {
    // Whoever watches the server would take a refusal for its death.
    if (!request.url.startsWith('/health/')) rate.take(request.ip, asksAnonymously(request));
  });
}

function asksAnonymously({ is404, routeOptions, headers }: FastifyRequest): boolean {
  if (is404 || may(undefined, routeOptions.config.action, 'none')) return true;
  return [headers.authorization, headers['x-api-key'], headers.cookie].every((value) => value === undefined);
}

/** The address that is counted: whoever has one IPv6 address has the 2^64 of its network. */
export function toNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...(tail ? tail.split(':') : [])];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
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
