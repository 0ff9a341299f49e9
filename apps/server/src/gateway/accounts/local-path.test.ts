import { expect, it } from 'vitest';

import { toLocalPath } from './local-path.ts';

it.each(['/', '/sessions/sesn_1?q=a%20b', '/operate/people'])('keeps the page %j', (path) => {
  expect(toLocalPath(path)).toBe(path);
});

it.each([
  undefined,
  '',
  'sessions',
  'https://evil.example/',
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/.//evil.example',
  '/a/..//evil.example',
  '/\t/evil.example',
  '/\u200b/evil.example',
  'javascript:alert(1)',
  '/api/v1/sign-in/oidc',
  '/x/../api/v1/sign-in/oidc',
])('takes %j for the first page', (path) => {
  expect(toLocalPath(path)).toBe('/');
});
