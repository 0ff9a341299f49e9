import { CspError, type UsageGroupResource, type UsageResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { may } from '../../access/may.ts';
import { toCsvLine } from '../../lib/csv.ts';
import { isTimeZone, toStartOfDate, toStartOfDay } from '../../lib/time-bins.ts';
import type { UsageReports } from '../../usage/usage-report.ts';
import { getActor } from '../entrance/admission.ts';
import { answer } from '../entrance/zod-schemas.ts';
import { TAGS } from '../openapi/information.ts';

export interface UsageRoutesOptions {
  usage: UsageReports;
}

/** A time, or a day in the time zone of the report. */
const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'takes a time such as 2026-01-31T12:00:00Z, or a day such as 2026-01-31',
  })
  .optional();
const id = z.string().min(1).max(200).optional();
const query = z.object({
  from: moment.describe('Calls of this time or later. By default 30 days before `to`.'),
  to: moment.describe('Calls before this time; a day counts to its end. By default now.'),
  group_by: z.enum(['hour', 'day', 'user', 'agent', 'model', 'session']).default('day'),
  time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'takes the name of a time zone, such as Europe/Berlin')
    .optional()
    .describe('Of hours and days; by default the one of the operator.'),
  user_id: id.describe('Only calls of this user; of others, only for operators.'),
  agent_id: id,
  session_id: id,
  model: id,
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
            'The beginning of the hour or day, an id, or a model; null for calls without a session or an agent.',
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

const DEFAULT_DAYS = 30;
const DAY_CHARS = '2026-01-31'.length;

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
        limit,
      } = request.query;
      const timeZone = request.query.time_zone ?? reports.timeZone;
      const seesAll = may(actor, 'usage.read', 'none');
      if (!seesAll && userId !== undefined && userId !== actor.userId) {
        throw new CspError('permission_denied', 'Only operators see the usage of other people');
      }
      const report = await reports.report({
        ...toRange(request.query, timeZone, reports.now()),
        ...{ groupBy, timeZone, limit, agentId, sessionId, model, readerId: actor.userId },
        ownerId: seesAll ? userId : actor.userId,
      });
      if (request.query.format === 'json') return report;
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="usage-by-${groupBy}.csv"`)
        .header('x-content-type-options', 'nosniff')
        .send(toCsv(report));
    },
  );
};

/** @throws CspError `invalid_request` when it ends before it begins */
function toRange({ from, to }: Pick<z.output<typeof query>, 'from' | 'to'>, timeZone: string, nowMs: number) {
  const end = to === undefined ? new Date(nowMs).toISOString() : toInstant(to, timeZone, 1);
  const start = from === undefined ? toStartOfDay(end, timeZone, -DEFAULT_DAYS) : toInstant(from, timeZone);
  if (start < end) return { from: start, to: end };
  throw new CspError('invalid_request', 'The time ends before it begins', { details: { field: 'to' } });
}

/** A day is its beginning in the time zone, or with `days` 1 its end. */
function toInstant(given: string, timeZone: string, days: 0 | 1 = 0): string {
  return given.length > DAY_CHARS ? new Date(given).toISOString() : toStartOfDate(given, timeZone, days);
}

const COLUMNS = [
  ...['group', 'name', 'requests', 'unpriced_requests', 'input_tokens', 'output_tokens'],
  ...['cache_read_tokens', 'cache_write_tokens', 'cost_usd'],
] as (keyof UsageGroupResource)[];

function toCsv({ data }: UsageResource): string {
  const lines = data.map((group) => COLUMNS.map((column) => (group[column] === null ? null : String(group[column]))));
  return [COLUMNS, ...lines].map(toCsvLine).join('');
}
