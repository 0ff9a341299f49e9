import type { UpstreamList } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Clock } from '../../lib/clock.ts';
import type { Upstreams } from '../../model-gateway/upstreams/upstreams.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface UpstreamRoutesOptions {
  upstreams: Pick<Upstreams, 'list'>;
  clock: Clock;
}

const upstreamList = answer<UpstreamList>(
  z
    .object({
      data: z.array(
        z.object({
          name: z.string(),
          base_url: z.string(),
          models: z.array(z.string()).nullable().describe('Names of models, with * for any characters; null for all.'),
          state: z
            .enum(['closed', 'half_open', 'open'])
            .describe(
              'Of its circuit breaker: closed, it takes calls; half_open, one call tries it; open, it gets no call.',
            ),
          retry_at: z
            .string()
            .nullable()
            .describe('While open: from when on a call tries it (ISO 8601); now, where the next call does.'),
          since: z.string().describe('When it got into this state, or the server started (ISO 8601).'),
          failures: z.number().int().describe('Failed calls in the window of its breaker; as many as open it at most.'),
        }),
      ),
      next_page: z.null(),
    })
    .meta({ id: 'UpstreamList', description: 'The upstreams of the model API, as the server that answers sees them.' }),
);

/** Where model calls go. Closed to everybody but operators. */
export const upstreamRoutes: FastifyPluginAsyncZod<UpstreamRoutesOptions> = async (app, { upstreams, clock }) => {
  app.get(
    '/api/v1/upstreams',
    {
      config: { action: 'upstream.read' },
      schema: {
        operationId: 'listUpstreams',
        summary: 'List the upstreams of the model API with the states of their circuit breakers; for operators',
        tags: [TAGS.operations],
        response: { 200: upstreamList },
      },
    },
    async () => ({
      data: upstreams.list().map(({ name, baseUrl, models, state, probeInMs, stateForMs, failures }) => ({
        ...{ name, base_url: baseUrl, models: models && [...models], state },
        retry_at: probeInMs === null ? null : new Date(clock.now() + probeInMs).toISOString(),
        ...{ since: new Date(clock.now() - stateForMs).toISOString(), failures },
      })),
      next_page: null,
    }),
  );
};
