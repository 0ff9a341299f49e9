import type { ProcessList } from '@claude-sdk-pattern/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';

import type { Identity } from '../identity/identity.ts';
import type { ProcessCommand, ProcessOperations } from '../sessions/process-operations.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { parseBody } from './parse-body.ts';
import { requireOperator } from './require-operator.ts';

export interface ProcessRoutesOptions {
  identity: Pick<Identity, 'authenticate' | 'findUserNames'>;
  processes: ProcessOperations;
  metrics: Pick<Metrics, 'render' | 'contentType'>;
  allowedOrigins: readonly string[];
}

const sessionParams = z.object({ session_id: z.string().min(1).max(128) });

/** What operators see and do: every agent process, and the metrics. Closed to everybody else. */
export async function processRoutes(app: FastifyInstance, options: ProcessRoutesOptions): Promise<void> {
  const { processes, metrics, identity } = options;

  app.get('/api/v1/processes', async (request): Promise<ProcessList> => {
    const { userId } = await requireOperator(request, options);
    const list = processes.list();
    const names = await identity.findUserNames(list.data.flatMap(({ owner }) => (owner === null ? [] : [owner.id])));
    const data = list.data.map((each) => ({
      ...each,
      // A title says what a session is about, and sessions of others are not the operator's to read.
      title: each.owner?.id === userId ? each.title : null,
      owner: each.owner && { ...each.owner, name: names.get(each.owner.id) ?? null },
    }));
    return { ...list, data };
  });

  const run = async (request: FastifyRequest, command: ProcessCommand) => {
    const principal = await requireOperator(request, options);
    const { session_id: sessionId } = parseBody(sessionParams, request.params);
    await processes.run(sessionId, command);
    request.log.info({ session_id: sessionId, command, user_id: principal.userId }, 'an operator acted on a process');
  };
  app.post('/api/v1/processes/:session_id/restart', async (request, reply) => {
    await run(request, 'restart');
    return reply.code(204).send();
  });
  app.post('/api/v1/processes/:session_id/hibernate', async (request, reply) => {
    await run(request, 'hibernate');
    return reply.code(204).send();
  });
  app.post('/api/v1/processes/:session_id/end', async (request, reply) => {
    await run(request, 'end');
    return reply.code(204).send();
  });

  app.get('/metrics', async (request, reply) => {
    await requireOperator(request, options);
    return reply
      .header('content-type', metrics.contentType)
      .header('cache-control', 'no-store')
      .send(await metrics.render());
  });
}
