import { CspError, type SignInResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ChangeRecorder } from '../../audit/audit-log.ts';
import { toFactActor, toFactUser } from '../../audit/fact.ts';
import type { Identity } from '../../identity/identity.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

const signInResource = answer<SignInResource>(
  z
    .object({
      type: z.literal('sign_in'),
      id: z.string(),
      created_at: z.iso.datetime(),
      expires_at: z.iso.datetime(),
      address: z.string().describe('Where it came from.'),
      user_agent: z.string().describe('The browser, as it names itself.'),
      current: z.boolean().describe('Whether this request comes by it.'),
    })
    .meta({ id: 'SignIn', description: 'A browser in which you are signed in.' }),
);
const tags = [TAGS.identity];

export interface SignInRoutesOptions {
  identity: Pick<Identity, 'signIns'>;
  audit: ChangeRecorder;
}

/** The caller's sign-ins by cookie. */
export const signInRoutes: FastifyPluginAsyncZod<SignInRoutesOptions> = async (app, options) => {
  const { signIns } = options.identity;

  app.get(
    '/api/v1/sign-ins',
    {
      config: { action: 'sign_in.read' },
      schema: {
        operationId: 'listSignIns',
        summary: 'List the browsers in which you are signed in, newest first',
        tags,
        response: { 200: pageOf(signInResource) },
      },
    },
    async (request) => {
      const { userId, credentialId } = getActor(request);
      const data = (await signIns.list(userId)).map((each) => ({
        type: 'sign_in' as const,
        id: each.id,
        created_at: each.createdAt.toISOString(),
        expires_at: each.expiresAt.toISOString(),
        address: each.address,
        user_agent: each.userAgent,
        current: each.id === credentialId,
      }));
      return { data, next_page: null };
    },
  );

  app.delete(
    '/api/v1/sign-ins',
    {
      config: { action: 'sign_in.end' },
      schema: {
        operationId: 'endOtherSignIns',
        summary: 'Sign out your browsers, except the one that asks',
        tags,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      const fact = { actor: toFactActor(actor), action: 'auth.sign_out', target: toFactUser(actor.userId) } as const;
      await options.audit.during(
        fact,
        () => signIns.endOthers(actor.userId, actor.credentialId),
        (ended) => (ended > 0 ? [{ ...fact, details: { ended } }] : []),
      );
      return reply.code(204).send();
    },
  );

  app.delete(
    '/api/v1/sign-ins/:id',
    {
      config: { action: 'sign_in.end' },
      schema: {
        operationId: 'endSignIn',
        summary: 'Sign out one of your browsers',
        tags,
        params: z.object({ id }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      const { id: signInId } = request.params;
      const actor = getActor(request);
      const { userId } = actor;
      const fact = { actor: toFactActor(actor), action: 'auth.sign_out', target: toFactUser(userId) } as const;
      await options.audit.during({ ...fact, details: { sign_in_id: signInId } }, async () => {
        if (!(await signIns.end(userId, signInId))) throw new CspError('not_found', `You have no sign-in ${signInId}.`);
      });
      return reply.code(204).send();
    },
  );
};
