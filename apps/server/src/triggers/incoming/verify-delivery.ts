import { createHmac, timingSafeEqual, createHash } from 'node:crypto';

import type { IncomingWebhookParams } from '@claude-sdk-pattern/protocol/v1';

/** A request to the webhook of a deployment, as it came. */
export interface Delivery {
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Buffer;
  /** The last part of the address, where there is one. */
  pathSecret: string | undefined;
}

/** What a good delivery is recognised by when it comes again. */
export interface VerifiedDelivery {
  /** Undefined where the sender has no way to tell a repetition from another delivery. */
  uniqueId: string | undefined;
  /** As the sender names it, where nobody else can name it otherwise. */
  deliveryId: string | null;
}

/** As Standard Webhooks recommends. */
const MAX_CLOCK_DIFFERENCE_MS = 5 * 60_000;
const DELIVERY_ID = /^[\w.:@-]{1,100}$/;

/**
 * Whether a delivery comes from who knows the secret. Undefined where it does not; nothing says which part was wrong. Secrets and
 * signatures are compared in constant time.
 * - `github`: `x-hub-signature-256` is `sha256=` and the HMAC-SHA256 of the body in hex, under the text of the secret
 *   (docs.github.com, "Validating webhook deliveries"). It does not cover the id of the delivery, so the body itself is what a
 *   repetition is recognised by.
 * - `standard`: `webhook-id`, `webhook-timestamp` and `webhook-signature` of Standard Webhooks 1.0.0, at most five minutes old.
 * - `bearer` and `url`: the secret itself, and an `idempotency-key` or `webhook-id` where the sender has one.
 */
export function verifyDelivery(
  { headers, body, pathSecret }: Delivery,
  {
    verification,
    secret,
    nowMs,
  }: { verification: IncomingWebhookParams['verification']; secret: string; nowMs: number },
): VerifiedDelivery | undefined {
  const find = (name: string): string => (typeof headers[name] === 'string' ? headers[name] : '');
  const hasNoPath = pathSecret === undefined;
  switch (verification) {
    case 'github': {
      const wanted = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
      if (!hasNoPath || !isSame(find('x-hub-signature-256'), wanted)) return undefined;
      return { uniqueId: createHash('sha256').update(body).digest('hex'), deliveryId: null };
    }
    case 'standard': {
      const [id, timestamp] = [find('webhook-id'), find('webhook-timestamp')];
      const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
      const signed = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
      const given = find('webhook-signature').split(' ').slice(0, MAX_SIGNATURES);
      const isSigned = given.map((each) => isSame(each, `v1,${signed}`)).includes(true);
      const isFresh =
        /^\d{1,12}$/.test(timestamp) && Math.abs(nowMs - Number(timestamp) * 1000) <= MAX_CLOCK_DIFFERENCE_MS;
      if (!hasNoPath || !isSigned || !isFresh || id === '') return undefined;
      return { uniqueId: createHash('sha256').update(id).digest('hex'), deliveryId: toId(id) };
    }
    case 'bearer':
      if (!hasNoPath || !isSame(find('authorization').replace(/^bearer /i, ''), secret)) return undefined;
      return toNamed(find);
    case 'url':
      return isSame(pathSecret ?? '', secret) ? toNamed(find) : undefined;
  }
}

/** More than one only while a secret is changed. */
const MAX_SIGNATURES = 8;

function toNamed(find: (name: string) => string): VerifiedDelivery {
  const id = find('idempotency-key') || find('webhook-id');
  return { uniqueId: id === '' ? undefined : createHash('sha256').update(id).digest('hex'), deliveryId: toId(id) };
}

/** What people may see of it: only what looks like an id. */
function toId(text: string): string | null {
  return DELIVERY_ID.test(text) ? text : null;
}

/** Takes as long for every text of any length, by comparing digests. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}
