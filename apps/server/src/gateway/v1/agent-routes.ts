import { agentCreateParams, agentUpdateParams, paging } from '@claude-sdk-pattern/protocol/v1';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { DefinitionService } from '../../definitions/definition-service.ts';
import { agentResource } from './agent-schema.ts';
import { createdThrough, definitionPaging, toCreatedBounds, toListParams } from './list-query.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { getActor } from '../entrance/admission.ts';
import { id, pageOf } from '../entrance/zod-schemas.ts';

const tags = [TAGS.agents];
const params = z.object({ agent_id: id });
const createBody = agentCreateParams.meta({
  id: 'AgentCreateParams',
  examples: [
    {
      name: 'Reviewer',
      model: 'default',
      system: 'You review changes and say what could break.',
      tools: [{ type: 'agent_toolset_20260401', default_config: { permission_policy: { type: 'always_ask' } } }],
    },
  ],
});
const updateBody = agentUpdateParams.meta({
  id: 'AgentUpdateParams',
  examples: [{ system: 'You review changes. Name the line.', version: 1 }],
});
const agentPage = pageOf(agentResource);
const listQuery = z.strictObject({ ...definitionPaging, ...createdThrough });
const versionsQuery = z.strictObject({
  ...paging({ default: 20, max: 100 }),
  page: z.coerce.number({ error: 'is not a page that this server named' }).int().min(1).optional(),
});

/**
 * `/v1/agents`
 *
 * Over 100 lines: a flat list of routes.
 */
export const agentRoutes: FastifyPluginAsyncZod<{ definitions: Pick<DefinitionService, 'agents'> }> = async (
  app,
  { definitions: { agents } },
) => {
  app.post(
    '/v1/agents',
    {
      config: { action: 'agent.create' },
      schema: {
        operationId: 'createAgent',
        summary:
          'Create an agent; `scope: "organization"` lets everybody use it, `prompt_guard` says what happens when something that it reads looks like an attack, `tool_search` whether the model searches the tools of MCP servers, `interactive_tools` adds questions, to-do lists, plan mode and subagents, `plugins` names the plugins that its sessions get (by default all that are active)',
        tags,
        body: createBody,
        response: { 200: agentResource },
      },
    },
    (request) => agents.create(getActor(request), request.body),
  );

  app.get(
    '/v1/agents',
    {
      config: { action: 'agent.read' },
      schema: {
        operationId: 'listAgents',
        summary: 'List your agents and those for everybody, newest first',
        tags,
        querystring: listQuery,
        response: { 200: agentPage },
      },
    },
    (request) => agents.list(getActor(request), { ...toListParams(request.query), ...toCreatedBounds(request.query) }),
  );

  const retrieveQuery = z.strictObject({ version: z.coerce.number().int().min(1).optional() });
  app.get(
    '/v1/agents/:agent_id',
    {
      config: { action: 'agent.read' },
      schema: {
        operationId: 'getAgent',
        summary: 'Get the newest version of an agent, or the one in `version`',
        tags,
        params,
        querystring: retrieveQuery,
        response: { 200: agentResource },
      },
    },
    (request) => agents.get(getActor(request), request.params.agent_id, request.query.version),
  );

  app.post(
    '/v1/agents/:agent_id',
    {
      config: { action: 'agent.update' },
      schema: {
        operationId: 'updateAgent',
        summary: 'Create the next version of an agent; with `version`, only if that is still the newest',
        tags,
        params,
        body: updateBody,
        response: { 200: agentResource, ...failsWith(409) },
      },
    },
    (request) => agents.update(getActor(request), request.params.agent_id, request.body),
  );

  app.post(
    '/v1/agents/:agent_id/archive',
    {
      config: { action: 'agent.archive' },
      schema: {
        operationId: 'archiveAgent',
        summary: 'Archive an agent: it takes no new sessions, and existing sessions continue',
        tags,
        params,
        response: { 200: agentResource },
      },
    },
    (request) => agents.archive(getActor(request), request.params.agent_id),
  );

  app.get(
    '/v1/agents/:agent_id/versions',
    {
      config: { action: 'agent.read' },
      schema: {
        operationId: 'listAgentVersions',
        summary: 'List the versions of an agent, newest first',
        tags,
        params,
        querystring: versionsQuery,
        response: { 200: agentPage },
      },
    },
    (request) => {
      const { limit, page } = request.query;
      const cursor = page === undefined ? {} : { cursor: page };
      return agents.listVersions(getActor(request), request.params.agent_id, { limit, ...cursor });
    },
  );
};
