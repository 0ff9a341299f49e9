import {
  CspError,
  type CostDifferencesResource,
  type UsageGrouping,
  type UsageGroupResource,
  type UsageResource,
} from '@claude-sdk-pattern/protocol';

import { toUsdText } from '../lib/money.ts';
import type { Store } from '../store/port.ts';
import { addSums, type UsageFilter, type UsageSum } from '../store/usage-sums.ts';
import { toTimeBins } from '../lib/time-bins.ts';
import type { DifferenceFilter } from '../store/cost-differences.ts';
import { reportDifferences } from './difference-report.ts';

export interface UsageQuery extends UsageFilter {
  groupBy: UsageGrouping;
  timeZone: string;
  /** Most groups that are answered; of hours and days, more are refused. */
  limit: number;
  /** Titles are private: of sessions, only those of this user have a name. */
  readerId: string;
}

export interface UsageReportDeps {
  store: Pick<Store, 'usage' | 'agents' | 'sessions'>;
  findUserNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  now(): number;
  /** Of the operator. */
  timeZone: string;
}

export interface UsageReports {
  /** Of the operator; a query may ask for another. */
  readonly timeZone: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Adds up what model calls have used.
   * @throws CspError `invalid_request` when the time has more hours or days than a report can have
   */
  report(query: UsageQuery): Promise<UsageResource>;
  /** Turns of which Claude Code has counted another cost. */
  reportDifferences(query: DifferenceFilter & { limit: number }): Promise<CostDifferencesResource>;
}

/** Most hours or days of one report: six weeks of hours. */
const MAX_TIME_GROUPS = 1008;

const COLUMNS = {
  user: 'owner_id',
  agent: 'agent_id',
  model: 'model',
  session: 'session_id',
  upstream: 'upstream',
  plugin: 'plugin',
  payer: 'key_owner',
  requested_model: 'requested_model',
} as const satisfies Record<Exclude<UsageGrouping, 'hour' | 'day'>, string>;

export function createUsageReports(deps: UsageReportDeps): UsageReports {
  return {
    ...{ timeZone: deps.timeZone, now: deps.now },
    report: (query) => reportUsage(deps, query),
    reportDifferences: (query) => reportDifferences(deps, query),
  };
}

async function reportUsage(deps: UsageReportDeps, query: UsageQuery): Promise<UsageResource> {
  const { groupBy, from, to, timeZone, limit, readerId, ...only } = query;
  const filter = { from, to, ...only };
  const sums = groupBy === 'hour' || groupBy === 'day' ? await sumByTime(deps, query, groupBy) : undefined;
  const found = sums ?? (await deps.store.usage.sumBy(toColumn(groupBy), filter, limit + 1));
  const shown = sums ?? found.slice(0, limit);
  const names = await findNames(deps, shown, { groupBy, readerId });
  return {
    data: shown.map((sum) => ({ group: sum.group, name: names.get(sum.group ?? '') ?? null, ...toResource(sum) })),
    // Where no group is left out, the sums of all are there.
    total: toResource(shown.length < found.length ? await deps.store.usage.sumAll(filter) : addSums(found)),
    has_more: shown.length < found.length,
    ...{ from, to, time_zone: timeZone },
  };
}

async function sumByTime(
  { store }: UsageReportDeps,
  { from, to, timeZone, ...query }: UsageQuery,
  unit: 'hour' | 'day',
): Promise<UsageSum[]> {
  const bins = toTimeBins({ from, to, timeZone }, unit, MAX_TIME_GROUPS);
  if (bins.length > MAX_TIME_GROUPS) {
    const message = `A report has at most ${MAX_TIME_GROUPS} hours or days. Choose a shorter time, or days instead of hours`;
    throw new CspError('invalid_request', message, { details: { field: 'from' } });
  }
  const { ownerId, agentId, sessionId, model, upstream, plugin, keyOwner } = query;
  const filter = { from, to, ownerId, agentId, sessionId, model, upstream, plugin, keyOwner };
  const sums = await store.usage.sumByTime(bins, filter);
  const byStart = new Map(sums.map((sum) => [sum.group, sum]));
  return bins.map(({ label, start }) => ({ ...(byStart.get(start) ?? NOTHING), group: label }));
}

const NOTHING: UsageSum = {
  ...{ group: null, requests: 0, unpriced: 0, costMicroUsd: 0 },
  ...{ inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
};

function toColumn(groupBy: UsageGrouping) {
  if (groupBy === 'hour' || groupBy === 'day') throw new Error(`Not a column: ${groupBy}`);
  return COLUMNS[groupBy];
}

async function findNames(
  { store, findUserNames }: UsageReportDeps,
  sums: readonly UsageSum[],
  { groupBy, readerId }: Pick<UsageQuery, 'groupBy' | 'readerId'>,
): Promise<ReadonlyMap<string, string>> {
  const ids = sums.flatMap(({ group }) => group ?? []);
  if (groupBy === 'user') return findUserNames(ids);
  const findName = async (id: string): Promise<string | null | undefined> => {
    if (groupBy === 'agent') return (await store.agents.find(id))?.name;
    const session = groupBy === 'session' ? await store.sessions.find(id) : undefined;
    return session?.ownerId === readerId ? session.title : undefined;
  };
  if (groupBy !== 'agent' && groupBy !== 'session') return new Map();
  const named = await Promise.all(ids.map(async (id) => [id, await findName(id)] as const));
  return new Map(named.filter((entry): entry is readonly [string, string] => typeof entry[1] === 'string'));
}

function toResource(sum: UsageSum): Omit<UsageGroupResource, 'group' | 'name'> {
  return {
    requests: sum.requests,
    unpriced_requests: sum.unpriced,
    input_tokens: sum.inputTokens,
    output_tokens: sum.outputTokens,
    cache_read_tokens: sum.cacheReadTokens,
    cache_write_tokens: sum.cacheWriteTokens,
    cost_usd: toUsdText(sum.costMicroUsd),
  };
}
