import type { OverviewResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import type { ReadOverview } from '../../overview/overview.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface OverviewRoutesOptions {
  readOverview: ReadOverview;
}

const nullableText = z.string().nullable();
const count = z.int().min(0);

const overview = answer<OverviewResource>(
  z
    .object({
      type: z.literal('overview'),
      at: z.string(),
      node: z.object({
        ...{ id: z.string(), version: z.string(), started_at: z.string() },
        state: z
          .enum(['serving', 'draining', 'drained'])
          .describe('drained: it takes no new turns, and none runs: it can be ended.'),
      }),
      health: z.array(
        z.object({
          part: z.enum(['database', 'disk', 'model_api', 'processes', 'event_loop', 'plugins', 'webhook']),
          state: z.enum(['ok', 'warn', 'bad']),
          value: z
            .number()
            .nullable()
            .describe('A figure by its part: milliseconds, a free share or a number of things.'),
        }),
      ),
      load: z.object({
        ...{ turns_running: count, turns_waiting: count, processes: count, max_processes: count },
        ...{ spares_ready: count, spares_wanted: count, queue_length: count, hibernated: count },
        cpu_share: z.number().describe('Of all processors, 0 to 1, by whatever program.'),
        ...{ cpus: count, memory_used_bytes: count, memory_total_bytes: count, agents_bytes: count },
        event_loop_lag_ms: z
          .number()
          .describe('How late the server reacts: the 99th percentile since the last reading.'),
      }),
      spending: z.object({
        today_usd: z
          .string()
          .describe('US dollars as a decimal, since the day began in the time zone of the operator.'),
        ...{ requests: count, unpriced_requests: count },
        budget: z.looseObject({}).nullable().describe('The budget of the platform that has least room, as `Budget`.'),
      }),
      attention: z.array(
        z.object({
          kind: z.string().describe('Such as `upstream_open`, `budget_near` or `approval_waits`. More kinds may come.'),
          severity: z.enum(['critical', 'warning']),
          ...{ subject: nullableText, subject_id: nullableText, value: z.number().nullable(), since: nullableText },
        }),
      ),
      stops: z.array(z.looseObject({})).describe('What operators have stopped, as `Stop`.'),
    })
    .meta({ id: 'Overview', description: 'How the server is now.' }),
);

/** How the server is now. Closed to everybody but operators. */
export const overviewRoutes: FastifyPluginAsyncZod<OverviewRoutesOptions> = async (app, { readOverview }) => {
  app.get(
    '/api/v1/overview',
    {
      config: { action: 'overview.read' },
      schema: {
        operationId: 'getOverview',
        summary: 'Get health, load, spending of the day and what needs attention; for operators',
        tags: [TAGS.operations],
        response: { 200: overview },
      },
    },
    () => readOverview(),
  );
};
