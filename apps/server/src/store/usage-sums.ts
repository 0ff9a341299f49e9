import { sql, type ExpressionBuilder } from 'kysely';

import { readInSlices } from './read-in-slices.ts';
import type { RepositoryContext } from './repository-context.ts';
import type { StoreTables } from './schema.ts';

/** Which model requests are added up: of the time from `from` to before `to`, and of these only, where said. */
export interface UsageFilter {
  from: string;
  to: string;
  ownerId?: string | undefined;
  agentId?: string | undefined;
  sessionId?: string | undefined;
  model?: string | undefined;
  upstream?: string | undefined;
  plugin?: string | undefined;
  keyOwner?: string | undefined;
}

/** What the requests of one group have used. */
export interface UsageSum {
  group: string | null;
  requests: number;
  /** Requests whose price is unknown. */
  unpriced: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** In micro-dollars, without the requests whose price is unknown. */
  costMicroUsd: number;
}

/** What the requests of one turn have used. */
type UsedTokens = Omit<UsageSum, 'group' | 'requests'>;

interface Span {
  start: string;
  end: string;
}

export interface UsageSums {
  /** By a column, the dearest group first. */
  sumBy(
    column: 'owner_id' | 'agent_id' | 'session_id' | 'model' | 'upstream' | 'plugin' | 'key_owner' | 'requested_model',
    filter: UsageFilter,
    limit: number,
  ): Promise<UsageSum[]>;
  /** By spans of time, each from `start` to before `end`; `group` is its `start`. Spans without requests are left out. */
  sumByTime(spans: readonly Span[], filter: UsageFilter): Promise<UsageSum[]>;
  /** The tokens of the prompt of the last call of a session's own agent; 0 without one. */
  readContextTokens(sessionId: string): Promise<number>;
  /** Of one turn of a session. */
  sumOfTurn(sessionId: string, turn: number): Promise<UsedTokens>;
  /** Of all. */
  sumAll(filter: UsageFilter): Promise<UsageSum>;
}

/** Two parameters each, in one statement. */
const SPANS_PER_QUERY = 500;

export function createUsageSums({ kind, db }: RepositoryContext): UsageSums {
  const select = (filter: UsageFilter) => {
    let query = db
      .selectFrom('model_requests')
      .where('model_requests.created_at', '>=', filter.from)
      .where('model_requests.created_at', '<', filter.to);
    if (filter.ownerId !== undefined) query = query.where('model_requests.owner_id', '=', filter.ownerId);
    if (filter.agentId !== undefined) query = query.where('model_requests.agent_id', '=', filter.agentId);
    if (filter.sessionId !== undefined) query = query.where('model_requests.session_id', '=', filter.sessionId);
    if (filter.model !== undefined) query = query.where('model_requests.model', '=', filter.model);
    if (filter.upstream !== undefined) query = query.where('model_requests.upstream', '=', filter.upstream);
    if (filter.plugin !== undefined) query = query.where('model_requests.plugin', '=', filter.plugin);
    if (filter.keyOwner !== undefined) query = query.where('model_requests.key_owner', '=', filter.keyOwner);
    return query;
  };
  /** What the groups of all slices of the time come to. */
  const addUp = async (filter: UsageFilter, read: (slice: UsageFilter) => Promise<UsageSum[]>) => {
    const sums = new Map<string | null, UsageSum>();
    await readInSlices(kind, filter, async (slice) => {
      for (const sum of await read({ ...filter, ...slice })) {
        const before = sums.get(sum.group);
        sums.set(sum.group, before === undefined ? sum : addSums([before, sum], sum.group));
      }
    });
    return [...sums.values()];
  };
  const readSpans = async (spans: readonly Span[], filter: UsageFilter): Promise<UsageSum[]> => {
    const values = spans.map(({ start, end }) => sql`(cast(${start} as text), cast(${end} as text))`);
    const rows = await select(filter)
      .innerJoin(
        sql<{
          s: string;
          e: string;
        }>`(select column1 as s, column2 as e from (values ${sql.join(values)}) as v)`.as('spans'),
        (join) =>
          join
            .onRef('model_requests.created_at', '>=', sql.ref('spans.s'))
            .onRef('model_requests.created_at', '<', sql.ref('spans.e')),
      )
      .select((of) => [sql<string>`spans.s`.as('group'), ...selectSums(of)])
      .groupBy(sql`spans.s`)
      .execute();
    return rows.map(toSum);
  };
  return {
    async sumBy(column, filter, limit) {
      const sums = await addUp(filter, async (slice) => {
        const groups = select(slice)
          .select((of) => [of.ref(column).as('group'), ...selectSums(of)])
          .groupBy(column)
          .orderBy('costMicroUsd', 'desc')
          .orderBy('requests', 'desc')
          .orderBy(column);
        // Of a slice, also the cheapest: it may be the dearest of all.
        const isWhole = slice.from === filter.from && slice.to === filter.to;
        return (await (isWhole ? groups.limit(limit) : groups).execute()).map(toSum);
      });
      return sums.toSorted(compareSums).slice(0, limit);
    },

    sumByTime(spans, filter) {
      return addUp(filter, async (slice) => {
        const touched = spans.filter(({ start, end }) => start < slice.to && end > slice.from);
        const sums: UsageSum[] = [];
        for (let from = 0; from < touched.length; from += SPANS_PER_QUERY) {
          sums.push(...(await readSpans(touched.slice(from, from + SPANS_PER_QUERY), slice)));
        }
        return sums;
      });
    },

    async readContextTokens(sessionId) {
      const row = await db
        .selectFrom('model_requests')
        .select(['input_tokens', 'cache_read_tokens', 'cache_write_tokens'])
        .where('session_id', '=', sessionId)
        .where('cause', '=', 'agent')
        .where('is_error', '=', 0)
        .orderBy('created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? 0 : row.input_tokens + row.cache_read_tokens + row.cache_write_tokens;
    },

    async sumOfTurn(sessionId, turn) {
      const row = await db
        .selectFrom('model_requests')
        .select((of) => [sql<null>`null`.as('group'), ...selectSums(of)])
        .where('session_id', '=', sessionId)
        .where('turn', '=', turn)
        .executeTakeFirstOrThrow();
      const { group: _, requests: __, ...used } = toSum(row);
      return used;
    },

    async sumAll(filter) {
      const sums = await addUp(filter, async (slice) => {
        const row = await select(slice)
          .select((of) => [sql<null>`null`.as('group'), ...selectSums(of)])
          .executeTakeFirstOrThrow();
        return [toSum(row)];
      });
      return addSums(sums);
    },
  };
}

/** The sum of sums. */
export function addSums(sums: readonly UsageSum[], group: string | null = null): UsageSum {
  const add = (pick: (sum: UsageSum) => number) => sums.reduce((all, sum) => all + pick(sum), 0);
  return {
    group,
    requests: add((sum) => sum.requests),
    unpriced: add((sum) => sum.unpriced),
    inputTokens: add((sum) => sum.inputTokens),
    outputTokens: add((sum) => sum.outputTokens),
    cacheReadTokens: add((sum) => sum.cacheReadTokens),
    cacheWriteTokens: add((sum) => sum.cacheWriteTokens),
    costMicroUsd: add((sum) => sum.costMicroUsd),
  };
}

/** The dearest first, then the one with more requests, then by name. */
function compareSums(one: UsageSum, other: UsageSum): number {
  const byCost = other.costMicroUsd - one.costMicroUsd || other.requests - one.requests;
  if (byCost !== 0 || one.group === other.group) return byCost;
  return (one.group ?? '') < (other.group ?? '') ? -1 : 1;
}

function selectSums({ fn }: ExpressionBuilder<StoreTables, 'model_requests'>) {
  return [
    fn.countAll().as('requests'),
    fn.count('cost_micro_usd').as('priced'),
    fn.sum('input_tokens').as('inputTokens'),
    fn.sum('output_tokens').as('outputTokens'),
    fn.sum('cache_read_tokens').as('cacheReadTokens'),
    fn.sum('cache_write_tokens').as('cacheWriteTokens'),
    fn.coalesce(fn.sum('cost_micro_usd'), sql<number>`0`).as('costMicroUsd'),
  ] as const;
}

/** Sums come as text from PostgreSQL, and as null where there is nothing. */
function toSum({
  group,
  ...sums
}: Record<Exclude<keyof UsageSum, 'group' | 'unpriced'> | 'priced', unknown> & { group: string | null }): UsageSum {
  const { requests, priced, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costMicroUsd } = sums;
  return {
    group,
    requests: Number(requests),
    unpriced: Number(requests) - Number(priced),
    inputTokens: Number(inputTokens),
    outputTokens: Number(outputTokens),
    cacheReadTokens: Number(cacheReadTokens),
    cacheWriteTokens: Number(cacheWriteTokens),
    costMicroUsd: Number(costMicroUsd),
  };
}
