import { incomingWebhookParams, type IncomingWebhookResource } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Triggers } from '../../triggers/open-triggers.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

const tags = [TAGS.deployments];
const url = '/api/v1/deployments/:deployment_id/webhook';
const params = z.object({ deployment_id: id });
const body = incomingWebhookParams.meta({
  id: 'IncomingWebhookParams',
  examples: [{ verification: 'github', fields: ['action', 'pull_request.title', 'pull_request.html_url'] }],
});
const incomingWebhook = answer<IncomingWebhookResource>(
  z
    .object({
      type: z.literal('incoming_webhook'),
      deployment_id: z.string(),
      path: z.string().describe('Where to send to, below the address of the server. With `url` the secret follows it.'),
      verification: z.enum(['github', 'standard', 'bearer', 'url']),
      fields: z.array(z.string()).nullable().describe('What of the body the agent gets; null for all of it.'),
      session_id: z.string().nullable(),
      secret: z.string().optional().describe('Only in the answer to the request that makes it.'),
    })
    .meta({ id: 'IncomingWebhook', description: 'The webhook through which a program outside runs a deployment.' }),
);

/** `/api/v1/deployments/{id}/webhook` */
export const incomingWebhookRoutes: FastifyPluginAsyncZod<{ triggers: Pick<Triggers, 'webhooks'> }> = async (
  app,
  { triggers: { webhooks } },
) => {
  app.get(
    url,
    {
      config: { action: 'deployment.read' },
      schema: {
        operationId: 'getIncomingWebhook',
        summary: 'Get the webhook through which programs outside run a deployment, without its secret',
        ...{ tags, params, response: { 200: incomingWebhook } },
      },
    },
    (request) => webhooks.get(getActor(request), request.params.deployment_id),
  );
  app.put(
    url,
    {
      config: { action: 'deployment.change' },
      schema: {
        operationId: 'openIncomingWebhook',
        summary: 'Open the webhook of a deployment, or change it; it gets a new secret, which only this answer shows',
        ...{ tags, params, body, response: { 200: incomingWebhook, ...failsWith(409) } },
      },
    },
    (request) => webhooks.open(getActor(request), request.params.deployment_id, request.body),
  );
  app.delete(
    url,
    {
      config: { action: 'deployment.change' },
      schema: {
        operationId: 'closeIncomingWebhook',
        summary: 'Close the webhook of a deployment',
        ...{ tags, params, response: { 204: nothing, ...failsWith(409) } },
      },
    },
    async (request, reply) => {
      await webhooks.close(getActor(request), request.params.deployment_id);
      return reply.status(204).send();
    },
  );
};
