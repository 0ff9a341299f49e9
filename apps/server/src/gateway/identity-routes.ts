import rateLimit from '@fastify/rate-limit';
import { CspError, type SignInBody } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyReply, onRequestAsyncHookHandler } from 'fastify';
import { z } from 'zod';

import type { ApiKey } from '../identity/api-keys.ts';
import type { Identity } from '../identity/identity.ts';
import type { SignedIn } from '../identity/sign-in.ts';
import { mountAuthEndpoints } from './auth-endpoints.ts';
import { refuseCredentialInUrl } from './credential-in-url.ts';
import { parseBody } from './parse-body.ts';
import { requirePrincipal } from './require-principal.ts';
import { assertSameOrigin } from './same-origin.ts';

const MAX_ATTEMPTS_PER_MINUTE = 10;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Longer than any real credential; keeps hashing bounded. */
const MAX_CREDENTIAL_LENGTH = 512;

const credential = z.string().min(1).max(MAX_CREDENTIAL_LENGTH);
const signInBody: z.ZodType<SignInBody> = z.union(
  [
    z.strictObject({ link_token: credential }),
    z.strictObject({ api_key: credential }),
    z.strictObject({ email: credential, password: credential }),
  ],
  { error: 'Send exactly one of link_token, api_key, or email with password.' },
);
const apiKeyBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  expires_in_days: z.int().min(1).max(3650).optional(),
});

export interface IdentityRoutesOptions {
  identity: Identity;
  /** Origins besides the server's own whose pages may act by cookie, as `https://host[:port]`. */
  allowedOrigins?: readonly string[] | undefined;
}

/** Sign-in, sign-out, the caller's API keys, and better-auth's own endpoints under `/api/auth`. Throws `CspError`s. */
export async function identityRoutes(app: FastifyInstance, options: IdentityRoutesOptions): Promise<void> {
  const { identity, allowedOrigins } = options;
  if (!app.hasDecorator('rateLimit')) await app.register(rateLimit, { global: false });
  const limitAttempts: onRequestAsyncHookHandler = app.rateLimit({
    max: MAX_ATTEMPTS_PER_MINUTE,
    timeWindow: 60_000,
    errorResponseBuilder: (_, { ttl }) =>
      new CspError('rate_limited', 'Too many sign-in attempts from this address. Wait a minute, then try again.', {
        retryAfterMs: ttl,
      }),
  });

  app.addHook('onRequest', async (request, reply) => {
    refuseCredentialInUrl(request.url);
    reply.header('cache-control', 'no-store');
  });

  app.post('/api/v1/sign-in', { onRequest: limitAttempts }, async (request, reply) => {
    assertSameOrigin(request.headers, allowedOrigins);
    const client = { address: request.ip, userAgent: request.headers['user-agent'] };
    const { setCookies } = await signIn(identity, parseBody(signInBody, request.body), client);
    return sendCookies(reply, setCookies);
  });

  app.post('/api/v1/sign-out', async (request, reply) => {
    assertSameOrigin(request.headers, allowedOrigins);
    return sendCookies(reply, await identity.signOut(request.headers));
  });

  app.get('/api/v1/api-keys', async (request) => {
    const { userId } = await requirePrincipal(request, options);
    return { data: (await identity.apiKeys.list(userId)).map(toResource), next_page: null };
  });

  app.post('/api/v1/api-keys', async (request) => {
    const { userId } = await requirePrincipal(request, options);
    const { name, expires_in_days: days } = parseBody(apiKeyBody, request.body);
    const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * DAY_MS);
    const { apiKey, key } = await identity.apiKeys.create(userId, { name, expiresAt });
    return { ...toResource(apiKey), key };
  });

  app.delete<{ Params: { id: string } }>('/api/v1/api-keys/:id', async (request, reply) => {
    const { userId } = await requirePrincipal(request, options);
    const { id } = request.params;
    if (!(await identity.apiKeys.revoke(userId, id))) throw new CspError('not_found', `You have no API key ${id}.`);
    return reply.code(204).send();
  });

  mountAuthEndpoints(app, { ...options, limitAttempts });
}

async function signIn(
  identity: Identity,
  body: SignInBody,
  client: Parameters<Identity['signInWithApiKey']>[1],
): Promise<SignedIn> {
  if ('link_token' in body) {
    const signedIn = await identity.redeemSignInLink(body.link_token, client);
    return signedIn ?? refuse('The sign-in link is unknown, used already or older than 30 minutes. Ask for a new one.');
  }
  if ('api_key' in body) {
    return (
      (await identity.signInWithApiKey(body.api_key, client)) ?? refuse('The API key is unknown, revoked or expired.')
    );
  }
  const signedIn = await identity.signInWithPassword(body.email, body.password, client);
  return signedIn ?? refuse('The email or the password is wrong.');
}

function refuse(message: string): never {
  throw new CspError('authentication_required', message);
}

function sendCookies(reply: FastifyReply, setCookies: string[]): FastifyReply {
  if (setCookies.length > 0) reply.header('set-cookie', setCookies);
  return reply.code(204).send();
}

function toResource({ id, name, hint, createdAt, expiresAt, lastUsedAt }: ApiKey): Record<string, unknown> {
  return {
    type: 'api_key',
    id,
    name,
    hint,
    created_at: createdAt.toISOString(),
    expires_at: expiresAt?.toISOString() ?? null,
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}
