import { CspError } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toFactUser } from '../../audit/fact.ts';
import type { SignInRecorder } from '../../audit/sign-in-recorder.ts';
import type { Identity } from '../../identity/identity.ts';
import type { AttemptLimits } from '../entrance/attempt-limits.ts';
import { assertSameOrigin } from '../entrance/same-origin.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { password } from './user-resource.ts';

export interface InvitationRoutesOptions {
  identity: Pick<Identity, 'invitations'>;
  audit: ChangeRecorder;
  signIns: SignInRecorder;
  limits: Pick<AttemptLimits, 'begin'>;
  allowedOrigins?: readonly string[] | undefined;
}

const token = z.string().min(1).max(512);
const name = z.string().trim().min(1).max(200);
const tags = [TAGS.identity];

/** The two steps of a person who was invited. The token comes in the body: in the link it is behind the `#`. */
export const invitationRoutes: FastifyPluginAsyncZod<InvitationRoutesOptions> = async (app, options) => {
  const { limits, allowedOrigins } = options;
  const { invitations } = options.identity;

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
          200: z.object({ email: z.string(), name: z.string(), expires_at: z.iso.datetime() }),
          ...failsWith(401, 429),
        },
      },
    },
    async (request) => {
      const attempt = limits.begin({ address: request.ip, account: 'an invitation', isPerson: false });
      const found = (await invitations.find(request.body.token)) ?? refuse();
      attempt.succeeded();
      return { email: found.user.email, name: found.user.name, expires_at: found.expiresAt.toISOString() };
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
        body: z.strictObject({ token, name: name.optional(), password }),
        response: {
          204: z.undefined().describe('Signed in; the cookie is in `set-cookie`.'),
          ...failsWith(401, 403, 429),
        },
      },
    },
    async (request, reply) => {
      assertSameOrigin(request.headers, allowedOrigins);
      const { token: given, ...choice } = request.body;
      const client = { address: request.ip, userAgent: request.headers['user-agent'] };
      const attempt = limits.begin({ address: request.ip, account: 'an invitation', isPerson: false });
      const { user } = (await invitations.find(given)) ?? refuse();
      const fact = {
        actor: toFactActor({ userId: user.id }),
        action: 'user.invite',
        target: toFactUser(user.id),
      } as const;
      const { setCookies, userId } = await options.audit.during(
        { ...fact, details: { used: true } },
        async () => (await invitations.accept(given, choice, client)) ?? refuse(),
      );
      attempt.succeeded();
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
