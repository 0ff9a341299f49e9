import {
  definitionScope,
  environmentCreateParams,
  environmentUpdateParams,
  type EnvironmentResource,
} from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { DefinitionService } from '../../definitions/definition-service.ts';
import { definitionPaging, toListParams } from './list-query.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, pageOf } from '../entrance/zod-schemas.ts';

const tags = [TAGS.environments];
const params = z.object({ environment_id: id });
const packages = z.array(z.string()).max(0);
const environmentResource = answer<EnvironmentResource>(
  z
    .object({
      type: z.literal('environment'),
      id: z.string(),
      name: z.string(),
      description: z.string().nullable(),
      config: z.object({
        type: z.literal('cloud'),
        networking: z.union([
          z.object({ type: z.literal('unrestricted') }),
          z.object({
            type: z.literal('limited'),
            allowed_hosts: z.array(z.string()).max(0),
            allow_mcp_servers: z.literal(false),
            allow_package_managers: z.literal(false),
          }),
        ]),
        packages: z.object({
          type: z.literal('packages'),
          apt: packages,
          cargo: packages,
          gem: packages,
          go: packages,
          npm: packages,
          pip: packages,
        }),
      }),
      metadata: z.record(z.string(), z.string()),
      scope: definitionScope,
      created_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
      archived_at: z.iso.datetime().nullable(),
    })
    .meta({ id: 'Environment', description: 'Where and how the agent processes of sessions run.' }),
);
const createBody = environmentCreateParams.meta({
  id: 'EnvironmentCreateParams',
  examples: [{ name: 'No network', config: { type: 'cloud', networking: { type: 'limited' } } }],
});
const updateBody = environmentUpdateParams.meta({
  id: 'EnvironmentUpdateParams',
  examples: [{ description: 'Reaches the model and nothing else' }],
});
const environmentPage = pageOf(environmentResource);
const listQuery = z.strictObject(definitionPaging);

/** `/v1/environments` */
export const environmentRoutes: FastifyPluginAsyncZod<{
  definitions: Pick<DefinitionService, 'environments'>;
}> = async (app, { definitions: { environments } }) => {
  app.post(
    '/v1/environments',
    {
      config: { action: 'environment.create' },
      schema: {
        operationId: 'createEnvironment',
        summary: 'Create an environment; `networking` `limited` reaches the model and nothing else',
        tags,
        body: createBody,
        response: { 200: environmentResource },
      },
    },
    (request) => environments.create(getActor(request), request.body),
  );

  app.get(
    '/v1/environments',
    {
      config: { action: 'environment.read' },
      schema: {
        operationId: 'listEnvironments',
        summary: 'List your environments and those for everybody, newest first',
        tags,
        querystring: listQuery,
        response: { 200: environmentPage },
      },
    },
    (request) => environments.list(getActor(request), toListParams(request.query)),
  );

  app.get(
    '/v1/environments/:environment_id',
    {
      config: { action: 'environment.read' },
      schema: {
        operationId: 'getEnvironment',
        summary: 'Get an environment',
        tags,
        params,
        response: { 200: environmentResource },
      },
    },
    (request) => environments.get(getActor(request), request.params.environment_id),
  );

  app.post(
    '/v1/environments/:environment_id',
    {
      config: { action: 'environment.update' },
      schema: {
        operationId: 'updateEnvironment',
        summary: 'Change an environment',
        tags,
        params,
        body: updateBody,
        response: { 200: environmentResource },
      },
    },
    (request) => environments.update(getActor(request), request.params.environment_id, request.body),
  );

  const deleted = z.object({ id: z.string(), type: z.literal('environment_deleted') });
  app.delete(
    '/v1/environments/:environment_id',
    {
      config: { action: 'environment.delete' },
      schema: {
        operationId: 'deleteEnvironment',
        summary: 'Delete an environment that no session uses',
        tags,
        params,
        response: { 200: deleted, ...failsWith(409) },
      },
    },
    async (request) => {
      const { environment_id: environmentId } = request.params;
      await environments.delete(getActor(request), environmentId);
      return { id: environmentId, type: 'environment_deleted' as const };
    },
  );

  app.post(
    '/v1/environments/:environment_id/archive',
    {
      config: { action: 'environment.archive' },
      schema: {
        operationId: 'archiveEnvironment',
        summary: 'Archive an environment',
        tags,
        params,
        response: { 200: environmentResource },
      },
    },
    (request) => environments.archive(getActor(request), request.params.environment_id),
  );
};
