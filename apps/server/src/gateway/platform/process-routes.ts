import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { AuditRecorder } from '../../audit/audit-log.ts';
import { toFactActor } from '../../audit/fact.ts';
import type { Identity } from '../../identity/identity.ts';
import type { ProcessCommand, ProcessOperations } from '../../processes/process-operations.ts';
import type { Store } from '../../store/port.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';
import { processList } from './rest-schema.ts';
import { getActor } from '../entrance/admission.ts';
import { id, nothing } from '../entrance/zod-schemas.ts';

export interface ProcessRoutesOptions {
  audit: AuditRecorder;
  identity: Pick<Identity, 'findUserNames'>;
  store: { agents: Pick<Store['agents'], 'find'> };
  processes: Pick<ProcessOperations, 'list' | 'run'>;
  metrics: Pick<Metrics, 'render' | 'contentType'>;
}

const params = z.object({ session_id: id.describe('The session whose process it is.') });
const done = { 204: nothing, ...failsWith(409) };
const tags = [TAGS.operations];

const COMMANDS: Readonly<Record<ProcessCommand, string>> = {
  restart: 'Replace the agent process by a new one; a running turn continues; for operators',
  hibernate: 'End the process when its turn has ended; for operators',
  interrupt: 'Stop the running turn, and leave the process; for operators',
  end: 'Stop the turn and end the process; for operators',
};

/**
 * What operators see and do: every agent process, and the metrics. Closed to everybody else.
 *
 * Over 100 lines: a flat list of routes.
 */
export const processRoutes: FastifyPluginAsyncZod<ProcessRoutesOptions> = async (app, options) => {
  const { audit, processes, metrics, identity, store } = options;

  app.get(
    '/api/v1/processes',
    {
      config: { action: 'process.read' },
      schema: {
        operationId: 'listProcesses',
        summary: 'List agent processes with their session, tree, age and memory over the last minutes; for operators',
        tags,
        response: { 200: processList },
      },
    },
    async (request) => {
      const list = processes.list(getActor(request));
      const names = await identity.findUserNames(list.data.flatMap(({ owner }) => (owner === null ? [] : [owner.id])));
      const agentIds = [...new Set(list.data.flatMap(({ agent }) => agent?.id ?? []))];
      const agents = new Map(
        await Promise.all(
          agentIds.map(async (agentId) => [agentId, (await store.agents.find(agentId))?.name] as const),
        ),
      );
      const data = list.data.map((each) => ({
        ...each,
        owner: each.owner && { ...each.owner, name: names.get(each.owner.id) ?? null },
        agent: each.agent && { ...each.agent, name: agents.get(each.agent.id) ?? null },
      }));
      return { ...list, data };
    },
  );

  const run = async (request: FastifyRequest<{ Params: z.output<typeof params> }>, command: ProcessCommand) => {
    const { session_id: sessionId } = request.params;
    const actor = getActor(request);
    await processes.run(actor, sessionId, command);
    await audit.record({
      ...{ actor: toFactActor(actor), action: 'process.control', target: { type: 'session', id: sessionId } },
      details: { command },
    });
    request.log.info({ session_id: sessionId, command, user_id: actor.userId }, 'an operator acted on a process');
  };
  for (const [command, summary] of Object.entries(COMMANDS) as [ProcessCommand, string][])
    app.post(
      `/api/v1/processes/:session_id/${command}`,
      {
        config: { action: 'process.control' },
        schema: {
          operationId: `${command}Process`,
          summary,
          ...{ tags, params, response: done },
        },
      },
      async (request, reply) => {
        await run(request, command);
        return reply.code(204).send();
      },
    );

  app.get(
    '/metrics',
    {
      config: { action: 'metrics.read' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Get the metrics as Prometheus text; for operators',
        tags,
        response: {
          200: { description: 'Prometheus text.', content: { 'text/plain': { schema: z.string() } } },
        },
      },
    },
    async (_request, reply) =>
      reply
        .header('content-type', metrics.contentType)
        .header('cache-control', 'no-store')
        .send(await metrics.render()),
  );
};
