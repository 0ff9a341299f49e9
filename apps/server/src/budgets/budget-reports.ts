import type { BudgetResource, BudgetResourceScope, PricedModel } from '@claude-sdk-pattern/protocol';

import { toCents, toUsdText } from '../lib/money.ts';
import type { Budget, BudgetState } from '../store/budgets.ts';
import type { Store } from '../store/port.ts';
import { findPeriodEnd, toCountedSince } from './periods.ts';

export interface BudgetReportsDeps {
  store: Pick<Store, 'budgets' | 'agents'>;
  findUserNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  findFallbackProblem(model: string): string | undefined;
  /** Those with which sessions can go on. */
  fallbackModels: readonly PricedModel[];
  now(): number;
  timeZone: string;
}

/** Budgets with what counts against them now, as people see them. */
export interface BudgetReports {
  /** In the order of `budgets`; one that was deleted meanwhile is left out. */
  describe(budgets: readonly Budget[]): Promise<BudgetResource[]>;
  /** The name of a user or an agent; undefined where there is none. */
  findName(scope: BudgetResourceScope, targetId: string): Promise<string | undefined>;
  /** Why sessions cannot go on with a model; undefined where they can. */
  findFallbackProblem(model: string): string | undefined;
  readonly fallbackModels: readonly PricedModel[];
}

export function createBudgetReports({
  store,
  findUserNames,
  findFallbackProblem,
  fallbackModels,
  now,
  timeZone,
}: BudgetReportsDeps): BudgetReports {
  const findName = async (scope: string, targetId: string) => {
    if (scope === 'user') return (await findUserNames([targetId])).get(targetId);
    return scope === 'agent' ? (await store.agents.find(targetId))?.name : undefined;
  };
  return {
    findName,
    findFallbackProblem,
    fallbackModels,
    async describe(budgets) {
      const nowMs = now();
      const states = await store.budgets.readStates(
        budgets.map(({ id }) => id),
        toCountedSince(nowMs, timeZone),
      );
      const byId = new Map(states.map((state) => [state.id, state]));
      const shown = budgets.flatMap(({ id }) => byId.get(id) ?? []);
      return Promise.all(
        shown.map(async (state) =>
          toResource(state, {
            name: (await findName(state.scope, state.targetId)) ?? null,
            endsAt: findPeriodEnd(state.period, nowMs, timeZone),
          }),
        ),
      );
    },
  };
}

function toResource(
  state: BudgetState,
  { name, endsAt }: { name: string | null; endsAt: string | null },
): BudgetResource {
  return {
    type: 'budget',
    id: state.id,
    // Those of sessions are shown with their session.
    scope: state.scope as BudgetResourceScope,
    target_id: state.targetId === '' ? null : state.targetId,
    name,
    period: state.period,
    limit: { amount: toCents(state.limitMicroUsd), currency: 'USD' },
    warn_at: state.warnAt,
    fallback: state.fallback,
    state: toStateName(state),
    spent_usd: toUsdText(state.spentMicroUsd),
    reserved_usd: toUsdText(state.reservedMicroUsd),
    unpriced_requests: state.unpriced,
    period_ends_at: endsAt,
    version: state.version,
    created_at: state.createdAt,
    updated_at: state.updatedAt,
  };
}

/** Whether a budget has room, has so little that people are warned, or none. */
export function toStateName({
  spentMicroUsd,
  limitMicroUsd,
  warnAt,
}: Pick<BudgetState, 'spentMicroUsd' | 'limitMicroUsd' | 'warnAt'>): BudgetResource['state'] {
  if (spentMicroUsd >= limitMicroUsd) return 'reached';
  return warnAt !== null && spentMicroUsd >= warnAt * limitMicroUsd ? 'warned' : 'ok';
}
