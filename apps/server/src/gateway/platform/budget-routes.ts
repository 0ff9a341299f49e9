import { CspError, monetaryAmount, type BudgetResource } from '@claude-sdk-pattern/protocol';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';

import { may } from '../../access/may.ts';
import { toFactActor } from '../../audit/fact.ts';
import type { BudgetBook } from '../../budgets/budget-book.ts';
import type { BudgetReports } from '../../budgets/budget-reports.ts';
import { fromCents } from '../../lib/money.ts';
import type { Budget } from '../../store/budgets.ts';
import { getActor } from '../entrance/admission.ts';
import { answer, id, nothing } from '../entrance/zod-schemas.ts';
import { failsWith } from '../openapi/failures.ts';
import { TAGS } from '../openapi/information.ts';

export interface BudgetRoutesOptions {
  budgets: BudgetBook;
  budgetReports: BudgetReports;
}

const tags = [TAGS.operations];
const scope = z.enum(['platform', 'user', 'agent']);
const period = z.enum(['day', 'month', 'total']).describe('In the time zone of the operator; `total` never ends.');
const limit = monetaryAmount;
const warnAt = z
  .number()
  .min(0)
  .max(1)
  .nullable()
  .describe('The share of the limit from which on people are warned; null for no warning.');

const fallback = z
  .object({
    at: z.number().min(0).max(1).describe('The share of the limit.'),
    model: z.string().min(1).max(200).describe('A model with a price that takes tools and images.'),
  })
  .nullable()
  .describe('From this share on sessions go on with a cheaper model until the period ends; null for none.');

const usd = z.string().describe('US dollars as a decimal, exact to a millionth.');
const budget = answer<BudgetResource>(
  z
    .object({
      type: z.literal('budget'),
      id,
      scope,
      target_id: z.string().nullable().describe('A user or an agent; null for the platform.'),
      name: z.string().nullable().describe('Of the user or agent; null when it is gone.'),
      ...{ period, limit, warn_at: warnAt, fallback },
      state: z.enum(['ok', 'warned', 'reached']),
      spent_usd: usd.describe('What counts in this period.'),
      reserved_usd: usd.describe('What calls that are being made now may cost.'),
      unpriced_requests: z.int().min(0).describe('Requests of this period without a price, which `spent_usd` lacks.'),
      period_ends_at: z.string().nullable(),
      version: z.int().min(1).describe('Rises with every change.'),
      ...{ created_at: z.string(), updated_at: z.string() },
    })
    .meta({ id: 'Budget', description: 'How much the model calls of the platform, a user or an agent may cost.' }),
);

const pricedModel = z.object({
  model: z.string().describe('Its name in the table of prices; the name at your provider may go on with a date.'),
  input_usd: z.number().describe('For a million tokens.'),
  output_usd: z.number().describe('For a million tokens.'),
});

const newBudget = z
  .object({
    scope,
    target_id: id.optional().describe('The user or agent; absent for the platform.'),
    ...{ period, limit, warn_at: warnAt.default(null), fallback: fallback.default(null) },
  })
  .refine(({ scope: of, target_id: target }) => (of === 'platform') === (target === undefined), {
    path: ['target_id'],
    error: 'goes with the scopes user and agent, and only with them',
  });
const change = z.object({
  version: z.int().min(1).optional().describe('The one that is changed; without it, whatever there is.'),
  limit: limit.optional(),
  warn_at: warnAt.optional(),
  fallback: fallback.optional(),
});
const params = z.object({ id });

/** Budgets: operators see and change all, everybody sees their own. */
export const budgetRoutes: FastifyPluginAsyncZod<BudgetRoutesOptions> = async (
  app,
  { budgets: book, budgetReports: reports },
) => {
  const assertUsable = (asked: Budget['fallback'] | undefined) => {
    const problem = asked && reports.findFallbackProblem(asked.model);
    if (problem) throw new CspError('invalid_request', problem, { details: { field: 'fallback.model' } });
  };
  const describe = async (one: Budget): Promise<BudgetResource> => {
    const [described] = await reports.describe([one]);
    if (described === undefined) throw new CspError('not_found', `There is no budget ${one.id}`);
    return described;
  };

  app.get(
    '/api/v1/budgets',
    {
      config: { action: 'budget.read' },
      schema: {
        operationId: 'listBudgets',
        summary: 'List budgets with what counts against them: your own ones, or all for operators',
        tags,
        querystring: z.object({ scope: z.enum(['own']).optional().describe('Only your own ones.') }),
        response: {
          200: z.object({
            data: z.array(budget),
            next_page: z.null(),
            fallback_models: z
              .array(pricedModel)
              .describe('With which sessions can go on, the cheapest first; empty where you change no budgets.'),
          }),
        },
      },
    },
    async (request) => {
      const actor = getActor(request);
      const seesAll = may(actor, 'budget.read', 'none') && request.query.scope === undefined;
      const isOwn = ({ scope: of, targetId }: Budget) => of === 'user' && targetId === actor.userId;
      const data = await reports.describe(seesAll ? book.all : book.all.filter(isOwn));
      const models = may(actor, 'budget.change', 'none') ? [...reports.fallbackModels] : [];
      return { data, next_page: null, fallback_models: models };
    },
  );

  app.post(
    '/api/v1/budgets',
    {
      config: { action: 'budget.change' },
      schema: {
        operationId: 'createBudget',
        summary: 'Make a budget, which limits calls from now on; for operators',
        tags,
        body: newBudget,
        response: { 201: budget },
      },
    },
    async (request, reply) => {
      const {
        scope: of,
        target_id: targetId,
        period: time,
        limit: most,
        warn_at: share,
        fallback: next,
      } = request.body;
      assertUsable(next);
      if (targetId !== undefined && (await reports.findName(of, targetId)) === undefined) {
        throw new CspError('invalid_request', `There is no ${of} ${targetId}`, { details: { field: 'target_id' } });
      }
      const made = await book.create(toFactActor(getActor(request)), {
        ...{ scope: of, targetId: targetId ?? '', period: time, warnAt: share, fallback: next },
        limitMicroUsd: fromCents(most.amount),
      });
      return reply.code(201).send(await describe(made));
    },
  );

  app.patch(
    '/api/v1/budgets/:id',
    {
      config: { action: 'budget.change' },
      schema: {
        operationId: 'changeBudget',
        summary:
          'Change limit, warning or fallback of a budget; work that waits for a higher limit goes on; for operators',
        tags,
        params,
        body: change,
        response: { 200: budget, ...failsWith(409) },
      },
    },
    async (request) => {
      const { version, limit: most, warn_at: share, fallback: next } = request.body;
      assertUsable(next);
      const changed = await book.change(toFactActor(getActor(request)), request.params.id, {
        ...(version !== undefined && { version }),
        ...(most !== undefined && { limitMicroUsd: fromCents(most.amount) }),
        ...(share !== undefined && { warnAt: share }),
        ...(next !== undefined && { fallback: next }),
      });
      return describe(changed);
    },
  );

  app.delete(
    '/api/v1/budgets/:id',
    {
      config: { action: 'budget.change' },
      schema: {
        operationId: 'deleteBudget',
        summary: 'Delete a budget, which then limits nothing; for operators',
        tags,
        params,
        response: { 204: nothing },
      },
    },
    async (request, reply) => {
      await book.delete(toFactActor(getActor(request)), request.params.id);
      return reply.code(204).send(undefined);
    },
  );
};
