import type {
  BudgetList,
  BudgetResource,
  Page,
  SettingResource,
  StopImpact,
  StopResource,
  StopScope,
  UpstreamList,
} from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** What is to be stopped; without a target, all or this server. */
export interface StopSubject {
  scope: StopScope;
  target_id?: string;
}

export type NewBudget = Pick<BudgetResource, 'scope' | 'period' | 'limit' | 'warn_at' | 'fallback'> & {
  target_id?: string;
};
export type BudgetChange = Pick<BudgetResource, 'version' | 'limit' | 'warn_at' | 'fallback'>;

/** Stops, budgets, upstreams and settings of the server. */
export interface ConsoleApi {
  findStopImpact: (subject: StopSubject) => Promise<StopImpact>;
  stop: (subject: StopSubject & { reason: string }) => Promise<StopResource>;
  lift: (id: string) => Promise<void>;
  /** All for operators; with `own` one's own. */
  listBudgets: (scope?: 'own') => Promise<BudgetList>;
  createBudget: (budget: NewBudget) => Promise<BudgetResource>;
  changeBudget: (id: string, change: BudgetChange) => Promise<BudgetResource>;
  removeBudget: (id: string) => Promise<void>;
  listUpstreams: () => Promise<UpstreamList>;
  listSettings: () => Promise<Page<SettingResource>>;
}

export function createConsoleApi({ json, nothing }: Requests): ConsoleApi {
  return {
    findStopImpact: (subject) => json('GET', `/api/v1/stops/impact?${new URLSearchParams({ ...subject }).toString()}`),
    stop: (stop) => json('POST', '/api/v1/stops', stop),
    lift: (id) => nothing('DELETE', `/api/v1/stops/${encodeURIComponent(id)}`),
    listBudgets: (scope) => json('GET', `/api/v1/budgets${scope === undefined ? '' : `?scope=${scope}`}`),
    createBudget: (budget) => json('POST', '/api/v1/budgets', budget),
    changeBudget: (id, change) => json('PATCH', `/api/v1/budgets/${encodeURIComponent(id)}`, change),
    removeBudget: (id) => nothing('DELETE', `/api/v1/budgets/${encodeURIComponent(id)}`),
    listUpstreams: () => json('GET', '/api/v1/upstreams'),
    listSettings: () => json('GET', '/api/v1/settings'),
  };
}
