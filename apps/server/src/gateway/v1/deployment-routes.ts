import { deploymentCreateParams, deploymentUpdateParams } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { Triggers } from '../../triggers/open-triggers.ts';
import { findRequestId, getActor } from '../entrance/admission.ts';
import { id, pageOf } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { deploymentResource, deploymentRunResource } from './deployment-schema.ts';
import { createdThrough, definitionPaging, toCreatedBounds, toListParams } from './list-query.ts';

const tags = [TAGS.deployments];
const params = z.object({ deployment_id: id });
const response = { 200: deploymentResource };
const createBody = deploymentCreateParams.meta({
  id: 'DeploymentCreateParams',
  examples: [
    {
      ...{ agent: 'agent_default', environment_id: 'env_default', name: 'Daily report' },
      initial_events: [{ type: 'user.message', content: [{ type: 'text', text: 'Write the report of yesterday' }] }],
      schedule: { type: 'cron', expression: '0 9 * * 1-5', timezone: 'Europe/Berlin' },
    },
  ],
});
const updateBody = deploymentUpdateParams.meta({
  id: 'DeploymentUpdateParams',
  examples: [{ schedule: { type: 'cron', expression: '30 8 * * *', timezone: 'Europe/Berlin' } }],
});
const listQuery = z
  .strictObject({
    ...{ ...definitionPaging, ...createdThrough, agent_id: id.optional() },
    status: z.enum(['active', 'paused']).optional(),
  })
  .refine(({ status, include_archived: archived }) => status === undefined || archived !== true, {
    path: ['include_archived'],
    error: 'does not go with status',
  });

/** `/v1/deployments`. Over 100 lines: a flat list of routes. */
export const deploymentRoutes: FastifyPluginAsyncZod<{ triggers: Triggers }> = async (app, { triggers }) => {
  const { book } = triggers;
  app.post(
    '/v1/deployments',
    {
      config: { action: 'deployment.change' },
      schema: {
        operationId: 'createDeployment',
        summary: 'Make a deployment: an agent that works by a schedule, by a webhook, or when you say so',
        ...{ tags, body: createBody, response },
      },
    },
    (request) => book.create(getActor(request), request.body),
  );

  app.get(
    '/v1/deployments',
    {
      config: { action: 'deployment.read' },
      schema: {
        operationId: 'listDeployments',
        summary: 'List your deployments, newest first',
        ...{ tags, querystring: listQuery, response: { 200: pageOf(deploymentResource) } },
      },
    },
    (request) => {
      const { query } = request;
      return book.list(getActor(request), {
        ...{ ...toListParams(query), ...toCreatedBounds(query) },
        ...(query.agent_id !== undefined && { agentId: query.agent_id }),
        ...(query.status !== undefined && { status: query.status }),
      });
    },
  );

  app.get(
    '/v1/deployments/:deployment_id',
    {
      config: { action: 'deployment.read' },
      schema: { operationId: 'getDeployment', summary: 'Get a deployment', tags, params, response },
    },
    (request) => book.get(getActor(request), request.params.deployment_id),
  );

  app.post(
    '/v1/deployments/:deployment_id',
    {
      config: { action: 'deployment.change' },
      schema: {
        operationId: 'updateDeployment',
        summary: 'Change a deployment; what is left out stays',
        ...{ tags, params, body: updateBody, response: { ...response, ...failsWith(409) } },
      },
    },
    (request) => book.update(getActor(request), request.params.deployment_id, request.body),
  );

  const changes = [
    ['pause', 'pauseDeployment', 'Pause a deployment: its schedule and its webhook start nothing'],
    ['unpause', 'unpauseDeployment', 'Let a paused deployment go on; what was due meanwhile is not caught up'],
    ['archive', 'archiveDeployment', 'Archive a deployment for ever'],
  ] as const;
  for (const [change, operationId, summary] of changes) {
    app.post(
      `/v1/deployments/:deployment_id/${change}`,
      {
        config: { action: 'deployment.change' },
        schema: { ...{ operationId, summary, tags, params }, response: { ...response, ...failsWith(409) } },
      },
      (request) => book[change](getActor(request), request.params.deployment_id),
    );
  }

  app.post(
    '/v1/deployments/:deployment_id/run',
    {
      config: { action: 'deployment.run' },
      schema: {
        operationId: 'runDeployment',
        summary: 'Run a deployment now, also a paused one; the answer says which session it made, or why none',
        ...{ tags, params, response: { 200: deploymentRunResource, ...failsWith(409) } },
      },
    },
    (request) => triggers.runNow(getActor(request), request.params.deployment_id, findRequestId(request)),
  );
};
