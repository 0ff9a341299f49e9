import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, expect, it } from 'vitest';

import { createIdentityHarness } from '../fixtures/identity-harness.ts';
import type { OidcSettings } from './oidc-settings.ts';

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve)))));

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const toSettings = (issuer: string): OidcSettings => ({
  ...{ issuer, clientId: 'csp', scopes: ['openid'], name: 'Test', admission: 'everyone' },
  ...{ groupsClaim: 'groups', emailVerifiedClaim: 'email_verified', lastsMs: 60_000 },
});
const request = { redirectUri: 'https://csp.example/back', returnTo: '/' };

it('begins nothing while the provider does not answer or is another one, asks it again, and keeps the start free of it', async () => {
  let document: object | undefined;
  const issuer = await listen((_request, response) => {
    response.statusCode = document === undefined ? 503 : 200;
    response.end(JSON.stringify(document ?? {}));
  });
  await using harness = await createIdentityHarness();
  const { identity } = await harness.open({ oidc: toSettings(issuer) });
  const begin = () => identity.oidc?.begin(request);
  const unavailable = { name: 'OidcRefusal', code: 'provider_unavailable' };
  await expect(begin()).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining('it answered 503') });

  const complete = {
    jwks_uri: `${issuer}/jwks`,
    authorization_endpoint: `${issuer}/in`,
    token_endpoint: `${issuer}/t`,
  };
  document = { ...complete, issuer: 'https://other.example' };
  await expect(begin()).rejects.toMatchObject({ ...unavailable, message: expect.stringContaining('other.example') });
  document = { ...complete, issuer, jwks_uri: undefined };
  await expect(begin()).rejects.toMatchObject(unavailable);

  document = { ...complete, issuer, id_token_signing_alg_values_supported: ['RS256'] };
  const begun = await begin();
  const url = new URL(begun?.url ?? '');
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    ...{ response_type: 'code', client_id: 'csp', scope: 'openid', redirect_uri: request.redirectUri },
    ...{ code_challenge_method: 'S256', code_challenge: expect.any(String) },
    ...{ state: expect.stringMatching(/^.{32}$/), nonce: expect.stringMatching(/^.{32}$/) },
  });
  expect(begun?.setCookies.join()).toMatch(/csp\.state=.*HttpOnly; SameSite=Lax/);
});
