import { flag, paging } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Triggers } from '../../triggers/open-triggers.ts';
import { getActor } from '../entrance/admission.ts';
import { id, pageOf } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { deploymentRunResource } from './deployment-schema.ts';
import { createdRange, toCreatedBounds, toListParams } from './list-query.ts';

const tags = [TAGS.deployments];
const listQuery = z.strictObject({
  ...{ ...paging({ default: 20, max: 100 }), ...createdRange, deployment_id: id.optional() },
  has_error: flag.optional(),
  trigger_type: z.enum(['schedule', 'manual']).optional().describe('`manual` has the runs by webhooks, too.'),
});

/** `/v1/deployment_runs` */
export const deploymentRunRoutes: FastifyPluginAsyncZod<{ triggers: Triggers }> = async (app, { triggers }) => {
  app.get(
    '/v1/deployment_runs',
    {
      config: { action: 'deployment.read' },
      schema: {
        operationId: 'listDeploymentRuns',
        summary: 'List the runs of your deployments, newest first',
        ...{ tags, querystring: listQuery, response: { 200: pageOf(deploymentRunResource) } },
      },
    },
    (request) => {
      const { query } = request;
      return triggers.book.listRuns(getActor(request), {
        ...{ ...toListParams(query), ...toCreatedBounds(query) },
        ...(query.deployment_id !== undefined && { deploymentId: query.deployment_id }),
        ...(query.has_error !== undefined && { hasError: query.has_error }),
        ...(query.trigger_type !== undefined && {
          triggers: query.trigger_type === 'schedule' ? ['schedule'] : ['manual', 'webhook'],
        }),
      });
    },
  );

  app.get(
    '/v1/deployment_runs/:deployment_run_id',
    {
      config: { action: 'deployment.read' },
      schema: {
        operationId: 'getDeploymentRun',
        summary: 'Get a run',
        ...{ tags, params: z.object({ deployment_run_id: id }), response: { 200: deploymentRunResource } },
      },
    },
    (request) => triggers.book.getRun(getActor(request), request.params.deployment_run_id),
  );
};
