import type { CostDifferencesResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { toCsvLine } from '../../lib/csv.ts';
import type { UsageReports } from '../../usage/usage-report.ts';
import { getActor } from '../entrance/admission.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';
import { toOwner, toRange, usageRange } from './usage-range.ts';

export interface UsageDifferenceRoutesOptions {
  usage: Pick<UsageReports, 'timeZone' | 'now' | 'reportDifferences'>;
}

const id = z.string().min(1).max(200).optional();
const query = z.object({
  ...usageRange,
  user_id: id.describe('Only turns of this user; of others, only for operators.'),
  session_id: id,
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  format: z.enum(['json', 'csv']).default('json'),
});

const count = z.int().min(0);
const figures = {
  cost_usd: z.string().describe('Of the platform, what budgets count: US dollars as a decimal, exact to a millionth.'),
  reported_cost_usd: z.string().describe('Of Claude Code.'),
  difference_usd: z.string().describe('`cost_usd` less `reported_cost_usd`.'),
};
const differences: z.ZodType<CostDifferencesResource> = z
  .object({
    data: z.array(
      z.object({
        ...{ session_id: z.string(), turn: z.int().min(1), at: z.string(), user_id: z.string() },
        name: z.string().nullable().describe('Of the user; null when it is gone.'),
        ...figures,
        ...{ requests: count, unpriced_requests: count },
        cut_requests: count.describe('Requests whose answer ended before it was whole.'),
        causes: z.array(z.enum(['unpriced', 'own_prices', 'cut_calls', 'other'])),
      }),
    ),
    total: z.object({ turns: count, ...figures }).describe('Of all turns of the time.'),
    ...{ has_more: z.boolean(), from: z.string(), to: z.string() },
  })
  .meta({ id: 'CostDifferences' });

/** Where Claude Code has counted another cost than the platform: everyone sees their own turns, operators all. */
export const usageDifferenceRoutes: FastifyPluginAsyncZod<UsageDifferenceRoutesOptions> = async (
  app,
  { usage: reports },
) => {
  app.get(
    '/api/v1/usage/differences',
    {
      config: { action: 'usage.read' },
      schema: {
        operationId: 'listCostDifferences',
        summary: 'List the turns of which Claude Code has counted another cost, the newest first',
        tags: [TAGS.operations],
        querystring: query,
        response: {
          200: {
            description: 'The turns, or a CSV file.',
            content: {
              'application/json': { schema: differences },
              'text/csv': { schema: answer<string>(z.string()) },
            },
          },
        },
      },
    },
    async (request, reply) => {
      const { user_id: userId, session_id: sessionId, limit, format, time_zone: timeZone } = request.query;
      const report = await reports.reportDifferences({
        ...toRange(request.query, timeZone ?? reports.timeZone, reports.now()),
        ...{ ownerId: toOwner(getActor(request), userId), sessionId, limit },
      });
      if (format === 'json') return report;
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="cost-differences.csv"')
        .header('x-content-type-options', 'nosniff')
        .send(toCsv(report));
    },
  );
};

const COLUMNS = [
  ...(['at', 'session_id', 'turn', 'user_id', 'name', 'cost_usd', 'reported_cost_usd', 'difference_usd'] as const),
  ...(['requests', 'unpriced_requests', 'cut_requests', 'causes'] as const),
];

function toCsv({ data }: CostDifferencesResource): string {
  const toCell = (value: string | number | null | readonly string[]) =>
    value === null ? null : Array.isArray(value) ? value.join(' ') : String(value);
  return [COLUMNS, ...data.map((each) => COLUMNS.map((column) => toCell(each[column])))].map(toCsvLine).join('');
}
