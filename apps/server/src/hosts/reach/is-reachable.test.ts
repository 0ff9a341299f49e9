import { expect, it } from 'vitest';

import { isReachable } from './is-reachable.ts';

const hosts = ['api.example.com', '*.cdn.example.com', 'db.example.com:5432'];

it.each<[host: string, port: number, reachable: boolean]>([
  ['api.example.com', 443, true],
  ['API.Example.com.', 8443, true],
  ['a.b.cdn.example.com', 443, true],
  ['db.example.com', 5432, true],
  ['db.example.com', 22, false],
  ['cdn.example.com', 443, false],
  ['evilcdn.example.com', 443, false],
  ['api.example.com.evil.example', 443, false],
  ['x.api.example.com', 443, false],
  ['', 443, false],
])('says of %s at port %i whether it was granted: %s', (host, port, reachable) => {
  expect(isReachable(hosts, { host, port })).toBe(reachable);
});
