import { expect, it } from 'vitest';

import { createAddressRate } from './address-rate.ts';

it('limits what one address sends, and below that what it sends without a credential', () => {
  let now = 0;
  const rate = createAddressRate({ perMinute: 3, anonymousPerMinute: 2 }, () => now);
  rate.take('192.0.2.1', true);
  rate.take('192.0.2.1', true);
  now = 20_000;
  expect(() => rate.take('192.0.2.1', true)).toThrow(
    expect.objectContaining({ code: 'rate_limited', retryAfterMs: 40_000, details: { limit: 2 } }),
  );
  rate.take('192.0.2.1', false);
  expect(() => rate.take('192.0.2.1', false)).toThrow(expect.objectContaining({ details: { limit: 3 } }));
  rate.take('192.0.2.2', true);
  now = 60_000;
  rate.take('192.0.2.1', true);
});

it('counts a network of IPv6 as one address, and an IPv4 address as the same however it is written', () => {
  const rate = createAddressRate({ perMinute: 1, anonymousPerMinute: 1 }, () => 0);
  rate.take('2001:db8::1', false);
  expect(() => rate.take('2001:db8:0:0:ffff::2', false)).toThrow('from your address');
  rate.take('2001:db8:0:1::1', false);
  rate.take('192.0.2.1', false);
  expect(() => rate.take('::ffff:192.0.2.1', false)).toThrow('from your address');
});
