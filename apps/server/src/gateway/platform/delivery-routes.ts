import type { FastifyPluginAsync, FastifyRequest } from 'fastify';

import type { Triggers } from '../../triggers/open-triggers.ts';

/** GitHub sends at most 25 MB, and seldom a tenth of this. */
const MAX_BODY_BYTES = 1024 * 1024;

interface DeliveryParams {
  deployment_id: string;
  secret?: string;
}

/**
 * `/hooks/in/DEPLOYMENT`: where programs outside run a deployment. It has no credential of a person; the webhook of the deployment
 * says how a delivery is verified. The answer is 202 when the run is stored and its session made, or its failure noted.
 */
export const deliveryRoutes: FastifyPluginAsync<{ triggers: Pick<Triggers, 'webhooks'> }> = async (
  app,
  { triggers },
) => {
  // A signature covers the bytes as they were sent.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  for (const url of ['/hooks/in/:deployment_id', '/hooks/in/:deployment_id/:secret'])
    app.post<{ Params: DeliveryParams }>(
      url,
      { bodyLimit: MAX_BODY_BYTES, config: { action: 'deployment.deliver' }, schema: { hide: true } },
      async (request, reply) => {
        const { runId } = await triggers.webhooks.deliver(
          request.params.deployment_id,
          toDelivery(request),
          request.ip,
        );
        return reply.status(202).send({ run_id: runId });
      },
    );
};

function toDelivery({ headers, body, params }: FastifyRequest<{ Params: DeliveryParams }>) {
  return { headers, body: Buffer.isBuffer(body) ? body : Buffer.alloc(0), pathSecret: params.secret };
}
