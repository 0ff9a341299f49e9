import {
  CspError,
  STOP_SCOPES,
  type StopImpact,
  type StopResource,
  type StopScope,
} from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { SessionService } from '../../sessions/session-service.ts';
import type { StopBook } from '../../stops/stop-book.ts';
import type { StopReports } from '../../stops/stop-reports.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface StopRoutesOptions {
  stops: Pick<StopBook, 'all' | 'stop' | 'lift'>;
  stopReports: StopReports;
  sessions: Pick<SessionService, 'findStopImpact'>;
  /** The id of this server. */
  nodeId: string;
}

const tags = [TAGS.operations];
const MAX_REASON = 300;

const scope = z
  .enum(STOP_SCOPES)
  .describe(
    'platform: all agents; user, agent: those of one; plugin: what it brings; node: no new turns on a server, those that run may finish.',
  );
const target = id
  .optional()
  .describe(
    'A user, an agent, the name of a plugin or a server; absent for the platform, and for the server that answers.',
  );
const stop = answer<StopResource>(
  z
    .object({
      type: z.literal('stop'),
      ...{ id, scope },
      target_id: z.string().nullable(),
      name: z.string().nullable().describe('Of the user, agent or plugin; null when it is gone.'),
      reason: z.string().describe('Shown to the people whose work it stops.'),
      created_by: z.object({ id: z.string(), name: z.string().nullable() }),
      created_at: z.string(),
    })
    .meta({ id: 'Stop', description: 'Something that an operator has stopped, until it is lifted.' }),
);
const impact = answer<StopImpact>(
  z
    .object({
      turns: z.int().min(0).describe('Turns that run now.'),
      people: z.int().min(0).describe('Whose turns these are.'),
      processes: z.int().min(0).describe('Agent processes, on the server that answers.'),
      waiting: z.int().min(0).describe('Sessions with messages that wait; those are kept.'),
    })
    .meta({ id: 'StopImpact', description: 'What a stop does now.' }),
);
const TARGETED: readonly StopScope[] = ['user', 'agent', 'plugin'];
const subject = z.object({ scope, target_id: target });
const fits = ({ scope: of, target_id: given }: z.output<typeof subject>) =>
  of === 'node' || TARGETED.includes(of) === (given !== undefined);
const misfit = { path: ['target_id'], error: 'goes with the scopes user, agent and plugin, and not with platform' };

/** The kill switch: what operators stop, and lift. Closed to everybody else. Over 100 lines: a flat list of routes. */
export const stopRoutes: FastifyPluginAsyncZod<StopRoutesOptions> = async (app, options) => {
  const { stops, stopReports: reports, sessions, nodeId } = options;
  const toTarget = ({ scope: of, target_id: given }: z.output<typeof subject>) => ({
    scope: of,
    targetId: given ?? (of === 'node' ? nodeId : ''),
  });

  app.get(
    '/api/v1/stops',
    {
      config: { action: 'stop.read' },
      schema: {
        operationId: 'listStops',
        summary: 'List what operators have stopped, the oldest first; for operators',
        tags,
        response: {
          200: z.object({
            data: z.array(stop),
            next_page: z.null(),
            node_id: z.string().describe('Of the server that answers.'),
          }),
        },
      },
    },
    async () => ({ data: await reports.describe(stops.all), next_page: null, node_id: nodeId }),
  );

  app.get(
    '/api/v1/stops/impact',
    {
      config: { action: 'stop.read' },
      schema: {
        operationId: 'getStopImpact',
        summary: 'Count the turns, people and processes that a stop would concern now; for operators',
        tags,
        querystring: subject.refine(fits, misfit),
        response: { 200: impact },
      },
    },
    async (request) => sessions.findStopImpact(toTarget(request.query)),
  );

  app.post(
    '/api/v1/stops',
    {
      config: { action: 'stop.change' },
      schema: {
        operationId: 'createStop',
        summary:
          'Stop all agents, those of a user or of an agent, a plugin, or the new turns of a server; for operators',
        tags,
        body: subject
          .extend({
            reason: z
              .string()
              .trim()
              .min(1)
              .max(MAX_REASON)
              .describe('Why. The people whose work it stops read it, and it is in the audit log.'),
          })
          .refine(fits, misfit),
        response: { 201: stop, ...failsWith(409) },
      },
    },
    async (request, reply) => {
      const { reason } = request.body;
      const what = toTarget(request.body);
      if (TARGETED.includes(what.scope) && (await reports.findName(what.scope, what.targetId)) === undefined)
        throw new CspError('invalid_request', `There is no ${what.scope} ${what.targetId}`, {
          details: { field: 'target_id' },
        });
      const affected = await sessions.findStopImpact(what);
      const made = await stops.stop(getActor(request), { ...what, reason }, { ...affected });
      request.log.warn({ stop_id: made.id, scope: what.scope, target_id: what.targetId }, 'an operator stopped work');
      const [described] = await reports.describe([made]);
      return reply.code(201).send(described as StopResource);
    },
  );

  app.delete(
    '/api/v1/stops/:id',
    {
      config: { action: 'stop.change' },
      schema: {
        operationId: 'deleteStop',
        summary: 'Lift a stop: messages that waited are taken; for operators',
        tags,
        params: z.object({ id }),
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await stops.lift(getActor(request), request.params.id);
      request.log.warn({ stop_id: request.params.id }, 'an operator lifted a stop');
      return reply.code(204).send(undefined);
    },
  );
};
