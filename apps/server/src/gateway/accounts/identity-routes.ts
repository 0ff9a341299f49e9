import { CspError, type SignInWays } from '@claude-sdk-pattern/protocol';
import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toFactUser } from '../../audit/fact.ts';
import type { SignInAttempt, SignInRecorder } from '../../audit/sign-in-recorder.ts';
import { findPasskeyOrigin } from '../../config/base-url.ts';
import type { Identity } from '../../identity/identity.ts';
import type { SignedIn, SignInRequest } from '../../identity/sign-in.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import type { RequestRate } from '../entrance/request-rate.ts';
import { accountRoutes } from './account-routes.ts';
import { apiKeyRoutes } from './api-key-routes.ts';
import { invitationRoutes } from './invitation-routes.ts';
import { oidcRoutes } from './oidc-routes.ts';
import { usedCredential } from './passkey-answers.ts';
import { getPasskeyOrigin, passkeyRoutes } from './passkey-routes.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { refuseCredentialInUrl } from '../entrance/credential-in-url.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { assertSameOrigin } from '../entrance/same-origin.ts';

/** Longer than any real credential; keeps hashing bounded. */
const MAX_CREDENTIAL_LENGTH = 512;

const credential = z.string().min(1).max(MAX_CREDENTIAL_LENGTH);
const signInBody = z
  .union(
    [
      z.strictObject({ link_token: credential }),
      z.strictObject({ api_key: credential }),
      z.strictObject({ email: credential, password: credential }),
      z.strictObject({ passkey: usedCredential }),
    ],
    { error: 'Send exactly one of link_token, api_key, passkey, or email with password.' },
  )
  .meta({ examples: [{ email: 'you@example.com', password: 'correct horse battery' }] });
const signInWays = answer<SignInWays>(
  z
    .object({
      password_sign_in: z
        .boolean()
        .describe('Whether the server takes passwords: `CLAUDE_SDK_PATTERN_PASSWORD_SIGN_IN` may switch them off.'),
      password: z.boolean().describe('There is an account with a password.'),
      single_sign_on: z
        .object({ name: z.string(), url: z.string().describe('For the browser to open; takes `return_to`.') })
        .nullable(),
      passkey: z.boolean().describe('There is a passkey for `passkey_origin`.'),
      passkey_origin: z
        .string()
        .nullable()
        .describe('Where passkeys work, as `https://host[:port]`; null where they cannot.'),
    })
    .meta({ id: 'SignInWays' }),
);

type SignInBody = z.output<typeof signInBody>;

export interface IdentityRoutesOptions {
  identity: Identity;
  audit: ChangeRecorder;
  signIns: SignInRecorder;
  limits: Pick<AttemptLimits, 'during' | 'tryUnguessable' | 'beginSignOn'>;
  /** Of successful sign-ins. */
  signInRate: RequestRate;
  /** Where people reach the server, where it is configured. */
  publicUrl: string | undefined;
  /** What stands before the paths of the web app; empty at the root. */
  basePath: string;
  /** Origins besides the server's own whose pages may act by cookie, as `https://host[:port]`. */
  allowedOrigins?: readonly string[] | undefined;
}

const tags = [TAGS.identity];

/**
 * Sign-in, sign-out, the caller's account, API keys and sign-ins, and invitations. Throws `CspError`s.
 */
export const identityRoutes: FastifyPluginAsyncZod<IdentityRoutesOptions> = async (app, options) => {
  const { identity, audit, signIns, allowedOrigins, limits, signInRate } = options;
  /** Nobody guesses keys, links and passkeys. */
  const attempt = <T>(body: SignInBody, address: string, work: (succeeded: () => void) => Promise<T>): Promise<T> =>
    'email' in body
      ? limits.during({ address, account: body.email }, work)
      : limits.tryUnguessable(address, () => work(() => undefined));

  app.addHook('onRequest', async (request, reply) => {
    refuseCredentialInUrl(request.url);
    reply.header('cache-control', 'no-store');
  });

  app.get(
    '/api/v1/sign-in',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'getSignInWays',
        summary: 'Get which ways to sign in can work for somebody, besides API keys and one-time links',
        tags,
        response: { 200: signInWays },
      },
    },
    (request) => identity.findSignInWays(findPasskeyOrigin(options.publicUrl, request.socket.localPort ?? 0)),
  );

  app.post(
    '/api/v1/sign-in',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'signIn',
        summary:
          'Sign in with `{"link_token"}`, `{"api_key"}`, `{"passkey"}`, or `{"email", "password"}` and get a cookie. Ten failed attempts a minute of an address at an account; 100 bad keys, links and passkeys of an address; 60 sign-ins a minute of a user',
        tags,
        body: signInBody,
        response: {
          204: z.undefined().describe('Signed in; the cookie is in `set-cookie`.'),
          ...failsWith(401, 403, 429, 529),
        },
      },
    },
    async (request, reply) => {
      assertSameOrigin(request.headers, allowedOrigins);
      const told = { method: toMethod(request.body), address: request.ip };
      const work = (admit: SignInRequest['admit']) =>
        signIn(identity, request.body, {
          ...{ address: request.ip, userAgent: request.headers['user-agent'], admit },
          passkeyOrigin: () => getPasskeyOrigin(request, options.publicUrl),
        });
      try {
        const { setCookies, userId } = await attempt(request.body, request.ip, (succeeded) =>
          work((who) => {
            succeeded();
            signInRate.take(who);
          }),
        );
        await signIns.succeeded(userId, told);
        return sendCookies(reply, setCookies);
      } catch (error) {
        if (error instanceof CspError && REFUSALS.has(error.code))
          await signIns.failed({
            ...told,
            account: 'email' in request.body ? request.body.email : undefined,
            reason: error.code,
          });
        throw error;
      }
    },
  );

  app.post(
    '/api/v1/sign-out',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'signOut',
        summary: 'End the sign-in of the cookie',
        tags,
        response: { 204: z.undefined().describe('Signed out, or there was nobody to sign out.'), ...failsWith(403) },
      },
    },
    async (request, reply) => {
      assertSameOrigin(request.headers, allowedOrigins);
      const actor = await identity.authenticate(request.headers);
      const signOut = () => identity.signOut(request.headers);
      if (actor?.via !== 'cookie') return sendCookies(reply, await signOut());
      const fact = { actor: toFactActor(actor), action: 'auth.sign_out', target: toFactUser(actor.userId) } as const;
      return sendCookies(reply, await audit.during(fact, signOut));
    },
  );

  await app.register(accountRoutes, options);
  await app.register(passkeyRoutes, options);
  await app.register(apiKeyRoutes, { apiKeys: identity.apiKeys, audit });
  await app.register(invitationRoutes, options);
  await app.register(signInRoutes, options);
  await app.register(oidcRoutes, options);
};

/** Failures that are somebody's attempt, and not the server's own. */
const REFUSALS: ReadonlySet<string> = new Set(['authentication_required', 'permission_denied']);

function toMethod(body: SignInBody): SignInAttempt['method'] {
  if ('link_token' in body) return 'link';
  if ('passkey' in body) return 'passkey';
  return 'api_key' in body ? 'api_key' : 'password';
}

async function signIn(
  identity: Identity,
  body: SignInBody,
  { passkeyOrigin, ...request }: SignInRequest & { passkeyOrigin: () => string },
): Promise<SignedIn> {
  if ('passkey' in body) {
    const answered = { credential: body.passkey, origin: passkeyOrigin() };
    const signedIn = await identity.signInWithPasskey(answered, request);
    return signedIn ?? refuse('The passkey is not known here, or the answer came too late. Try again, or another way.');
  }
  if ('link_token' in body) {
    const signedIn = await identity.redeemSignInLink(body.link_token, request);
    return signedIn ?? refuse('The sign-in link is unknown, used already or older than 30 minutes. Ask for a new one.');
  }
  if ('api_key' in body) {
    return (
      (await identity.signInWithApiKey(body.api_key, request)) ?? refuse('The API key is unknown, revoked or expired.')
    );
  }
  const signedIn = await identity.signInWithPassword(body.email, body.password, request);
  return signedIn ?? refuse('The email or the password is wrong.');
}

function refuse(message: string): never {
  throw new CspError('authentication_required', message);
}

function sendCookies(reply: FastifyReply, setCookies: string[]): FastifyReply {
  if (setCookies.length > 0) reply.header('set-cookie', setCookies);
  return reply.code(204).send();
}
