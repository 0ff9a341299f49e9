import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toFactUser } from '../../audit/fact.ts';
import type { SignInRecorder } from '../../audit/sign-in-recorder.ts';
import type { Identity } from '../../identity/identity.ts';
import { OidcRefusal } from '../../identity/oidc/oidc-refusal.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import { assertSameOrigin } from '../entrance/same-origin.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { toRedirectUri } from './oidc-callback.ts';
import { password } from './user-resource.ts';

export interface InvitationRoutesOptions {
  identity: Pick<Identity, 'invitations' | 'oidc'>;
  audit: ChangeRecorder;
  signIns: SignInRecorder;
  limits: Pick<AttemptLimits, 'tryUnguessable' | 'beginSignOn'>;
  /** Where people reach the server, where it is configured. */
  publicUrl: string | undefined;
  allowedOrigins?: readonly string[] | undefined;
}

const token = z.string().min(1).max(512);
const name = z.string().trim().min(1).max(200);
const tags = [TAGS.identity];
const foundInvitation = z.object({
  email: z.string(),
  name: z.string(),
  expires_at: z.iso.datetime(),
  single_sign_on: z
    .object({ name: z.string() })
    .nullable()
    .describe('The provider with which the person may accept it in place of a password.'),
});

/** The steps of a person who was invited. The token comes in the body: in the link it is behind the `#`. */
export const invitationRoutes: FastifyPluginAsyncZod<InvitationRoutesOptions> = async (app, options) => {
  const { limits, allowedOrigins } = options;
  const { invitations, oidc } = options.identity;
  const find = (given: string, address: string) =>
    limits.tryUnguessable(address, async () => (await invitations.find(given)) ?? refuse());

  app.post(
    '/api/v1/invitations/find',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'findInvitation',
        summary: 'Get whom an invitation is for. It is not used up',
        tags,
        body: z.strictObject({ token }),
        response: {
          200: foundInvitation,
          ...failsWith(401, 429),
        },
      },
    },
    async (request) => {
      const { user, expiresAt } = await find(request.body.token, request.ip);
      const isFirst = user.invitedUntil !== null;
      return {
        ...{ email: user.email, name: user.name, expires_at: expiresAt.toISOString() },
        single_sign_on: oidc !== undefined && isFirst ? { name: oidc.name } : null,
      };
    },
  );

  app.post(
    '/api/v1/invitations/single-sign-on',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'acceptInvitationBySingleSignOn',
        summary:
          'Begin a single sign-on that accepts an invitation: for a person of the provider with the email of the account, verified',
        tags,
        body: z.strictObject({ token }),
        response: {
          200: z.object({ url: z.string().describe('Of the provider, for the browser that has the cookie to open.') }),
          ...failsWith(401, 403, 429, 529),
        },
      },
    },
    async (request, reply) => {
      assertSameOrigin(request.headers, allowedOrigins);
      if (oidc === undefined) throw new CspError('invalid_request', 'This server has no single sign-on.');
      const { user } = await find(request.body.token, request.ip);
      if (user.invitedUntil === null)
        throw new CspError('invalid_request', 'This link sets a new password. Use it with one.');
      limits.beginSignOn(request.ip, 'leave');
      const redirectUri = toRedirectUri(request, options.publicUrl);
      const { url, setCookies } = await oidc
        .begin({ redirectUri, returnTo: '/', invitedId: user.id })
        .catch((error: unknown) => {
          if (!(error instanceof OidcRefusal)) throw error;
          request.log.warn({ reason: error.message }, 'a single sign-on was refused');
          throw new CspError('provider_unavailable', 'The sign-in provider does not answer. Try again soon.');
        });
      reply.header('set-cookie', setCookies);
      return { url };
    },
  );

  app.post(
    '/api/v1/invitations/accept',
    {
      config: { action: 'public.use' },
      schema: {
        operationId: 'acceptInvitation',
        summary: 'Set the password, and the name, of the account that an invitation is for, and sign in',
        tags,
        body: z.strictObject({
          token,
          name: name.optional(),
          password: password
            .optional()
            .describe('Left out where the server takes no passwords: then the person adds a passkey.'),
        }),
        response: {
          204: z.undefined().describe('Signed in; the cookie is in `set-cookie`.'),
          ...failsWith(401, 403, 429, 529),
        },
      },
    },
    async (request, reply) => {
      assertSameOrigin(request.headers, allowedOrigins);
      const { token: given, ...choice } = request.body;
      const client = { address: request.ip, userAgent: request.headers['user-agent'] };
      const accept = async () => {
        const { user } = (await invitations.find(given)) ?? refuse();
        const fact = {
          actor: toFactActor({ userId: user.id }),
          action: 'user.invite',
          target: toFactUser(user.id),
        } as const;
        return options.audit.during(
          { ...fact, details: { used: true } },
          async () => (await invitations.accept(given, choice, client)) ?? refuse(),
        );
      };
      const { setCookies, userId } = await limits.tryUnguessable(request.ip, accept);
      await options.signIns.succeeded(userId, { method: 'invitation', address: request.ip });
      return reply.header('set-cookie', setCookies).code(204).send();
    },
  );
};

function refuse(): never {
  throw new CspError(
    'authentication_required',
    'The invitation is unknown, used already or too old. Ask an administrator for a new one.',
  );
}
