import { expect, it } from 'vitest';

import { findPasskeySite } from './passkey-site.ts';

const at = (passkeyOrigin: string | null, origin: string, hasWebAuthn = true) =>
  findPasskeySite({ passkey_origin: passkeyOrigin }, { origin, hasWebAuthn });

it('says where passkeys work, and why not here', () => {
  expect(at('http://localhost:4600', 'http://localhost:4600')).toEqual({ state: 'here' });
  expect(at('http://localhost:4600', 'http://127.0.0.1:4600', false)).toEqual({
    ...{ state: 'elsewhere', url: 'http://localhost:4600', isLocal: true },
  });
  expect(at('https://a.example', 'https://b.example')).toMatchObject({ state: 'elsewhere', isLocal: false });
  expect(at(null, 'http://192.0.2.7:4600', false)).toEqual({ state: 'nowhere' });
  expect(at('https://a.example', 'https://a.example', false)).toEqual({ state: 'unsupported' });
});
