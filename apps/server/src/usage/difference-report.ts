import type {
  CostDifferenceCause,
  CostDifferenceResource,
  CostDifferencesResource,
} from '@claude-sdk-pattern/protocol';

import { toUsdText } from '../lib/money.ts';
import type { DifferenceFilter, ExplainedDifference } from '../store/cost-differences.ts';
import type { Store } from '../store/port.ts';

export interface DifferenceReportDeps {
  store: Pick<Store, 'usage'>;
  findUserNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Turns of which Claude Code has counted another cost, with what explains it. */
export async function reportDifferences(
  { store, findUserNames }: DifferenceReportDeps,
  { limit, ...filter }: DifferenceFilter & { limit: number },
): Promise<CostDifferencesResource> {
  const found = await store.usage.listDifferences(filter, limit + 1);
  const shown = found.slice(0, limit);
  const names = await findUserNames([...new Set(shown.map(({ ownerId }) => ownerId))]);
  const { turns, ...sums } = await store.usage.sumDifferences(filter);
  return {
    data: shown.map((each) => toResource(each, names.get(each.ownerId) ?? null)),
    total: { turns, ...toFigures(sums) },
    has_more: found.length > limit,
    ...{ from: filter.from, to: filter.to },
  };
}

function toResource(difference: ExplainedDifference, name: string | null): CostDifferenceResource {
  const { sessionId, turn, createdAt, ownerId, requests, unpriced, cut } = difference;
  return {
    ...{ session_id: sessionId, turn, at: createdAt, user_id: ownerId, name },
    ...toFigures(difference),
    ...{ requests, unpriced_requests: unpriced, cut_requests: cut },
    causes: findCauses(difference),
  };
}

function toFigures({ costMicroUsd, reportedMicroUsd }: Pick<ExplainedDifference, 'costMicroUsd' | 'reportedMicroUsd'>) {
  return {
    cost_usd: toUsdText(costMicroUsd),
    reported_cost_usd: toUsdText(reportedMicroUsd),
    difference_usd: toUsdText(costMicroUsd - reportedMicroUsd),
  };
}

/** Claude Code (2.1.332) has a price for every model, by its own list, and estimates the output of answers that were cut. */
function findCauses({ unpriced, ownPriced, cut }: ExplainedDifference): CostDifferenceCause[] {
  const causes: CostDifferenceCause[] = [];
  if (unpriced > 0) causes.push('unpriced');
  if (ownPriced > 0) causes.push('own_prices');
  if (cut > 0) causes.push('cut_calls');
  return causes.length === 0 ? ['other'] : causes;
}
