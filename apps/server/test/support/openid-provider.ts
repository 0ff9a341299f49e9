import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import Provider from 'oidc-provider';

const KEY_ID = 'test-key';

/** Who signs in at the provider next: `sub`, and what the provider says about them. */
export interface ProviderPerson {
  sub: string;
  [claim: string]: unknown;
}

/** A real OpenID provider in the test's process, where people sign in without a question. */
export interface TestProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  person: ProviderPerson;
  /** With this error the person is sent back, as if they had refused; undefined to sign in. */
  refusal: string | undefined;
  /** How often the keys were fetched. */
  readonly keyFetches: number;
  /** Answers nothing for the keys while true. */
  stallsKeys: boolean;
  /** Refuses to tell of people while true. */
  refusesUserinfo: boolean;
  /** A token of the provider's key, for services. It expires in a minute unless told otherwise. */
  sign(claims: JWTPayload, options?: { expiresAt?: number; keyId?: string }): Promise<string>;
}

/** Starts a provider on a free port that knows one client. @param redirectUris where the client may send people back to */
export async function startOpenIdProvider(redirectUris: readonly string[]): Promise<TestProvider> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid: KEY_ID, alg: 'ES256', use: 'sig' };
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { clientId: 'csp', clientSecret: 'the secret of the client' };
  const state = {
    ...{ person: { sub: 'nobody' } as ProviderPerson, refusal: undefined as string | undefined },
    ...{ keyFetches: 0, stallsKeys: false, refusesUserinfo: false },
  };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [...redirectUris],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ['a key of the cookies'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ ...state.person, sub: accountId }) }),
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    // Nobody is asked whether the client may know their email.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url?.startsWith('/interaction/')) {
      const result =
        state.refusal === undefined
          ? { login: { accountId: state.person.sub, remember: false } }
          : { error: state.refusal };
      void provider.interactionFinished(request, response, result);
      return;
    }
    if (request.url === '/jwks') {
      state.keyFetches += 1;
      if (state.stallsKeys) return;
    }
    if (request.url === '/me' && state.refusesUserinfo) {
      response.writeHead(401).end();
      return;
    }
    void answer(request, response);
  });

  return Object.assign(state, {
    issuer,
    ...client,
    sign: (claims: JWTPayload, { expiresAt = Date.now() / 1000 + 60, keyId = KEY_ID } = {}) =>
      new SignJWT({ iss: issuer, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: keyId })
        .setIssuedAt()
        .setExpirationTime(Math.floor(expiresAt))
        .sign(privateKey),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
