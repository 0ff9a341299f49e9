import { expect, it } from 'vitest';

import { takeLinkToken } from './link-token.ts';

function open(hash: string) {
  const replaced: string[] = [];
  const history = {
    replaceState: (_: unknown, __: string, url: string) => void replaced.push(url),
  } as unknown as History;
  return { token: takeLinkToken({ hash, pathname: '/sign-in' } as Location, history), replaced };
}

it('takes the token of a link and clears it from the address at once', () => {
  expect(open('#link=abc-123')).toEqual({ token: 'abc-123', replaced: ['/sign-in'] });
});

it('leaves an address without a token alone', () => {
  expect(open('#section')).toEqual({ token: null, replaced: [] });
});
