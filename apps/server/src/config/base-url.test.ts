import { expect, it } from 'vitest';

import { findPasskeyOrigin } from './base-url.ts';

it.each([
  [undefined, 'http://localhost:4600'],
  ['https://agents.example.com/', 'https://agents.example.com'],
  ['https://agents.example.com:8443/path', 'https://agents.example.com:8443'],
  ['http://localhost:8080', 'http://localhost:8080'],
  ['http://agents.example.com', undefined],
  ['https://192.0.2.7', undefined],
  ['https://[2001:db8::7]:443', undefined],
])('finds where pages of a server at %s may use passkeys: %s', (publicUrl, origin) => {
  expect(findPasskeyOrigin(publicUrl, 4600)).toBe(origin);
});
