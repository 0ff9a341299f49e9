import { expect, it } from 'vitest';

import { forgetInvitation, takeLinkToken } from './link-token.ts';

function open(hash: string, { pathname = '/sign-in', stored = new Map<string, string>() } = {}) {
  const replaced: string[] = [];
  const tab = {
    location: { hash, pathname },
    history: { replaceState: (_: unknown, __: string, url: string) => void replaced.push(url) },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
      removeItem: (key: string) => void stored.delete(key),
    },
  };
  return { tab, stored, token: takeLinkToken(tab), replaced };
}

it('takes the token of a link and clears it from the address at once', () => {
  const { token, replaced, stored } = open('#link=abc-123');
  expect({ token, replaced, kept: stored.size }).toEqual({ token: 'abc-123', replaced: ['/sign-in'], kept: 0 });
});

it('leaves an address without a token alone', () => {
  expect(open('#section')).toMatchObject({ token: null, replaced: [] });
});

it('keeps an invitation over a reload, until it is forgotten', () => {
  const pathname = '/invite';
  const { tab, stored } = open('#link=abc', { pathname });
  expect(open('', { pathname, stored }).token).toBe('abc');
  expect(open('', { stored }).token, 'on another page').toBeNull();
  forgetInvitation(tab);
  expect(open('', { pathname, stored }).token).toBeNull();
});
