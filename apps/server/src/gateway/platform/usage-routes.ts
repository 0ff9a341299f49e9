import type { UsageGroupResource, UsageResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { toCsvLine } from '../../lib/csv.ts';
import type { UsageReports } from '../../usage/usage-report.ts';
import { getActor } from '../entrance/admission.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { usageDifferenceRoutes } from './usage-difference-routes.ts';
import { toOwner, toRange, usageRange } from './usage-range.ts';

export interface UsageRoutesOptions {
  usage: UsageReports;
}

const id = z.string().min(1).max(200).optional();
const query = z.object({
  ...usageRange,
  group_by: z
    .enum(['hour', 'day', 'user', 'agent', 'model', 'session', 'upstream', 'plugin', 'payer', 'requested_model'])
    .default('day'),
  user_id: id.describe('Only calls of this user; of others, only for operators.'),
  agent_id: id,
  session_id: id,
  model: id,
  upstream: id,
  plugin: id.describe('Only calls of subagents that this plugin brings.'),
  payer: z
    .enum(['user', 'agent', 'platform', 'server'])
    .optional()
    .describe('Only calls that a key of this owner paid: a secret, or a variable of the server.'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Most groups; hours and days are all there.'),
  format: z.enum(['json', 'csv']).default('json'),
});

const count = z.int().min(0);
const sums = {
  requests: count,
  unpriced_requests: count.describe('Requests without a price, which `cost_usd` leaves out.'),
  input_tokens: count,
  output_tokens: count,
  cache_read_tokens: count,
  cache_write_tokens: count,
  cost_usd: z.string().describe('US dollars as a decimal, exact to a millionth.'),
};
const usage: z.ZodType<UsageResource> = z
  .object({
    data: z.array(
      z.object({
        group: z
          .string()
          .nullable()
          .describe(
            'The beginning of the hour or day, an id, or a name; null for calls without a session, an agent, a plugin or a key.',
          ),
        name: z.string().nullable().describe('Of the user, the agent, or a session of one’s own.'),
        ...sums,
      }),
    ),
    total: z.object(sums).describe('Of all groups, also of those that `data` leaves out.'),
    has_more: z.boolean(),
    from: z.string(),
    to: z.string(),
    time_zone: z.string(),
  })
  .meta({ id: 'Usage' });

/** What model calls have used and cost: everyone sees their own, operators all. */
export const usageRoutes: FastifyPluginAsyncZod<UsageRoutesOptions> = async (app, { usage: reports }) => {
  app.get(
    '/api/v1/usage',
    {
      config: { action: 'usage.read' },
      schema: {
        operationId: 'getUsage',
        summary: 'Add up what model calls have used and cost',
        tags: [TAGS.operations],
        querystring: query,
        response: {
          200: {
            description: 'The sums, or a CSV file.',
            content: { 'application/json': { schema: usage }, 'text/csv': { schema: answer<string>(z.string()) } },
          },
        },
      },
    },
    async (request, reply) => {
      const actor = getActor(request);
      const {
        group_by: groupBy,
        user_id: userId,
        agent_id: agentId,
        session_id: sessionId,
        model,
        upstream,
        plugin,
        payer: keyOwner,
        limit,
      } = request.query;
      const timeZone = request.query.time_zone ?? reports.timeZone;
      const report = await reports.report({
        ...toRange(request.query, timeZone, reports.now()),
        ...{ groupBy, timeZone, limit, agentId, sessionId, model, readerId: actor.userId },
        ...{ upstream, plugin, keyOwner },
        ownerId: toOwner(actor, userId),
      });
      if (request.query.format === 'json') return report;
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="usage-by-${groupBy}.csv"`)
        .header('x-content-type-options', 'nosniff')
        .send(toCsv(report));
    },
  );

  await app.register(usageDifferenceRoutes, { usage: reports });
};

const COLUMNS = [
  ...['group', 'name', 'requests', 'unpriced_requests', 'input_tokens', 'output_tokens'],
  ...['cache_read_tokens', 'cache_write_tokens', 'cost_usd'],
] as (keyof UsageGroupResource)[];

function toCsv({ data }: UsageResource): string {
  const lines = data.map((group) => COLUMNS.map((column) => (group[column] === null ? null : String(group[column]))));
  return [COLUMNS, ...lines].map(toCsvLine).join('');
}
