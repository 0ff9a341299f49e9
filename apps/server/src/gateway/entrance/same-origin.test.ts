import type { IncomingHttpHeaders } from 'node:http';

import { describe, expect, it } from 'vitest';

import { assertSameOrigin } from './same-origin.ts';

const host = '127.0.0.1:4600';
const cookie = 'csp.session_token=x';

describe('assertSameOrigin', () => {
  const passing: [string, IncomingHttpHeaders][] = [
    ['a page of the server itself', { host, origin: 'http://127.0.0.1:4600', cookie }],
    ['a page behind a proxy that ends TLS', { host: 'agents.example', origin: 'https://agents.example', cookie }],
    ['a default port that is spelled out', { host: 'agents.example:443', origin: 'https://agents.example', cookie }],
    ['an allowed origin', { host, origin: 'https://app.example', cookie }],
    ['a same-origin fetch without Origin', { host, 'sec-fetch-site': 'same-origin', cookie }],
    ['a program with an API key', { host, authorization: 'Bearer k' }],
    ['a program with an API key and a cookie jar', { host, 'x-api-key': 'k', cookie }],
    ['a program that has nothing yet', { host }],
  ];
  it.each(passing)('lets %s pass', (_, headers) => {
    expect(() => assertSameOrigin(headers, ['https://app.example'])).not.toThrow();
  });

  const refused: [string, IncomingHttpHeaders][] = [
    ['a page of another site', { host, origin: 'https://evil.example', cookie }],
    ['a page of another port', { host, origin: 'http://127.0.0.1:4601', cookie }],
    ['a page of another name of this machine', { host, origin: 'http://localhost:4600', cookie }],
    [
      'a name that only begins alike',
      { host: 'agents.example', origin: 'https://agents.example.evil.example', cookie },
    ],
    [
      'a host smuggled in as user name',
      { host: 'agents.example', origin: 'https://agents.example@evil.example', cookie },
    ],
    ['an opaque origin', { host, origin: 'null', cookie }],
    ['an origin that is no URL', { host, origin: 'evil', cookie }],
    ['an origin without host', { host: '', origin: 'file:///', cookie }],
    ['a foreign origin even with an API key', { host, origin: 'https://evil.example', authorization: 'Bearer k' }],
    ['a cross-site fetch without Origin', { host, 'sec-fetch-site': 'cross-site', cookie }],
    ['a sister site', { host, 'sec-fetch-site': 'same-site', cookie }],
    ['a cookie without any sign of where it comes from', { host, cookie }],
  ];
  it.each(refused)('refuses %s', (_, headers) => {
    expect(() => assertSameOrigin(headers, ['https://app.example'])).toThrow(
      expect.objectContaining({ code: 'origin_not_allowed', status: 403 }),
    );
  });
});
