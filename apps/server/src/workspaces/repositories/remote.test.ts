import { expect, it } from 'vitest';

import { parseRemote, toMirrorName, toRepositoryName } from './remote.ts';

it.each([
  ['https://GitHub.com/owner/name.git', 'https://github.com/owner/name.git', 'https://github.com/owner/name'],
  [' https://github.com/owner/name/ ', 'https://github.com/owner/name', 'https://github.com/owner/name'],
  ['http://10.0.0.5:3000/a/b', 'http://10.0.0.5:3000/a/b', 'http://10.0.0.5:3000/a/b'],
  ['git@github.com:owner/name.git', 'ssh://git@github.com/owner/name.git', 'ssh://git@github.com/owner/name'],
])('reads %s', (text, url, key) => {
  expect(parseRemote(text)).toMatchObject({ url, key });
  expect(toRepositoryName(parseRemote(text))).toMatch(/^(?:name|b)$/);
});

it.each([
  ['https://name:password@example.com/a', /holds a credential/],
  ['https://token@example.com/a', /holds a credential/],
  ['file:///etc', /protocol file/],
  ['ext::sh -c whoami', /no address/],
  ['https://example.com/a?x=1', /no address/],
  ['https://example.com/a;b', /no address/],
  ['https://example.com/', /names no repository/],
  ['https://-oProxyCommand=x/a', /no address|names no repository/],
  ['--upload-pack=x', /no address/],
  ['', /no address/],
])('refuses %j', (text, why) => {
  expect(() => parseRemote(text)).toThrow(why);
});

it('keeps the mirrors of two people apart, and those of one however the address is written', () => {
  const of = (text: string, scope: string) => toMirrorName(parseRemote(text), scope);
  expect(of('https://a.example/x', 'user_1')).toBe(of('https://A.example/x.git', 'user_1'));
  expect(of('https://a.example/x', 'user_1')).not.toBe(of('https://a.example/x', 'user_2'));
});
