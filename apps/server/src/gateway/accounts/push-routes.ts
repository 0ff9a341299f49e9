import { CspError, type PushState } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { PushSubscriptions } from '../../push/push-subscriptions.ts';
import { isStoreError } from '../../store/store-error.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, nothing } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface PushRoutesOptions {
  push: PushSubscriptions;
}

const pushState = answer<PushState>(
  z
    .object({
      type: z.literal('push_state'),
      public_key: z.string().describe('The `applicationServerKey` to subscribe with (VAPID): 65 bytes in base64url.'),
      endpoint: z.string().nullable().describe('Where messages for this sign-in go; null without a subscription.'),
    })
    .meta({ id: 'PushState', description: 'Whether this browser is told by push messages of what waits for you.' }),
);
const MAX_ENDPOINT = 2048;
/** As `PushSubscription.toJSON()` writes it in browsers: a P-256 point of 65 bytes and a secret of 16. */
const subscription = z
  .object({
    endpoint: z.url().max(MAX_ENDPOINT),
    keys: z.object({
      p256dh: z.string().regex(/^B[\w-]{86}$/, 'takes an uncompressed P-256 point in base64url'),
      auth: z.string().regex(/^[\w-]{22}$/, 'takes 16 bytes in base64url'),
    }),
  })
  .meta({
    id: 'PushSubscription',
    examples: [
      {
        endpoint: 'https://push.example.com/send/abc',
        keys: {
          p256dh: 'BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM',
          auth: 'tBHItJI5svbpez7KI4CCXg',
        },
      },
    ],
  });
const tags = [TAGS.identity];

/** Push messages for the browser of this sign-in. */
export const pushRoutes: FastifyPluginAsyncZod<PushRoutesOptions> = async (app, { push }) => {
  const toState = (endpoint: string | null): PushState => ({
    ...{ type: 'push_state', public_key: push.publicKey, endpoint },
  });

  app.get(
    '/api/v1/push-subscription',
    {
      config: { action: 'push.read' },
      schema: {
        operationId: 'getPushState',
        summary: 'See whether this sign-in has a subscription to push messages, and the key to subscribe with',
        tags,
        response: { 200: pushState },
      },
    },
    async (request) => toState((await push.find(getActor(request).credentialId))?.endpoint ?? null),
  );

  app.put(
    '/api/v1/push-subscription',
    {
      config: { action: 'push.change' },
      schema: {
        operationId: 'putPushSubscription',
        summary:
          'Subscribe the browser of this sign-in to push messages: one for each tool call that waits for your answer, and when a schedule of yours begins to fail or is paused for that, without content. It ends with the sign-in',
        tags,
        body: subscription,
        response: { 200: pushState, ...failsWith(409) },
      },
    },
    async (request) => {
      const { endpoint, keys } = request.body;
      if (!push.mayReach(endpoint)) {
        const message = `Push messages cannot be sent to ${new URL(endpoint).host}: it has to be https on a public address`;
        throw new CspError('invalid_request', message, { details: { field: 'endpoint' } });
      }
      const { userId, credentialId: signInId } = getActor(request);
      await push.put({ signInId, userId, endpoint, keys }).catch((error: unknown) => {
        if (!isStoreError(error, 'conflict')) throw error;
        const message =
          'This endpoint belongs to the browser of another user. Unsubscribe in your browser, then subscribe anew';
        throw new CspError('state_conflict', message, { details: { field: 'endpoint' }, cause: error });
      });
      return toState(endpoint);
    },
  );

  app.delete(
    '/api/v1/push-subscription',
    {
      config: { action: 'push.change' },
      schema: {
        operationId: 'endPushSubscription',
        summary: 'End the subscription of this sign-in, if it has one',
        tags,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await push.end(getActor(request).credentialId);
      return reply.code(204).send();
    },
  );
};
