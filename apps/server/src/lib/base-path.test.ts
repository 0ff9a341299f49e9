import { expect, it } from 'vitest';

import { removeBasePath, toBasePath } from './base-path.ts';

it.each([
  [undefined, ''],
  ['https://agents.example.com', ''],
  ['https://example.com/agents', '/agents'],
  ['https://example.com/a/b', '/a/b'],
])('finds the base path of %s', (url, path) => {
  expect(toBasePath(url)).toBe(path);
});

it.each([
  ['/agents/v1/sessions?limit=1', '/v1/sessions?limit=1'],
  ['/v1/sessions', '/v1/sessions'],
  ['/agents/', '/'],
  ['/agents', '/'],
  ['/agents?a', '/?a'],
  ['/agentsmith', '/agentsmith'],
])('reads %s below /agents', (url, path) => {
  expect(removeBasePath(url, '/agents')).toBe(path);
});
