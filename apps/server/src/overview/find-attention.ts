import type { AttentionItem, BudgetResource, StopResource } from '@claude-sdk-pattern/protocol';

import type { UpstreamStatus } from '../model-gateway/upstreams/upstreams.ts';

/** What is known of the server; see `OverviewResource`. */
export interface AttentionFacts {
  stops: readonly StopResource[];
  nodeId: string;
  upstreams: readonly (Pick<UpstreamStatus, 'name' | 'state'> & { sinceMs: number | null })[];
  isOutage: boolean;
  budgets: readonly BudgetResource[];
  plugins: readonly { name: string; displayName: string }[];
  approvals: { count: number; oldestMs: number | null };
  /** Free share of the disk, 0 to 1; null where it cannot be read. */
  diskFree: number | null;
  webhook: { failing: number; oldestMs: number | null };
  crashes: readonly { agentId: string; name: string | null; crashes: number; sinceMs: number }[];
  failingDeployments: number;
  spareFailures: number;
  queueLength: number;
  lagMs: number;
  unpriced: number;
  nowMs: number;
}

/** From then on an approval waits long. */
const LONG_WAIT_MS = 10 * 60_000;
export const DISK_LOW = 0.1;
export const DISK_FULL = 0.03;
export const LAG_SLOW_MS = 200;

/** What an operator should look at, the most urgent first. */
export function findAttention(facts: AttentionFacts): AttentionItem[] {
  return [...critical(facts), ...warnings(facts)];
}

type Draft = Pick<AttentionItem, 'kind'> & Partial<AttentionItem>;

const toItem = (severity: AttentionItem['severity'], draft: Draft): AttentionItem => ({
  ...{ severity, subject: null, subject_id: null, value: null, since: null },
  ...draft,
});
const toTime = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

function critical(facts: AttentionFacts): AttentionItem[] {
  const { stops, nodeId, upstreams, budgets, diskFree, spareFailures } = facts;
  const drafts: Draft[] = [
    ...stops
      .filter(({ scope, target_id: id }) => scope !== 'node' || id === nodeId)
      .map(({ scope, target_id: id, name, created_at: since }) => ({
        kind: scope === 'node' ? ('draining' as const) : ('stopped' as const),
        ...{ subject: scope === 'platform' ? null : `${scope} ${name ?? id}`, subject_id: id, since },
      })),
    ...(facts.isOutage ? [{ kind: 'model_outage' as const, since: toTime(upstreams[0]?.sinceMs ?? null) }] : []),
    ...budgets
      .filter(({ state, scope }) => state === 'reached' && scope === 'platform')
      .map((budget) => toBudget('budget_reached', budget)),
    ...(diskFree !== null && diskFree < DISK_FULL ? [{ kind: 'disk_low' as const, value: diskFree }] : []),
    ...(spareFailures >= 3 ? [{ kind: 'spares_fail' as const, value: spareFailures }] : []),
  ];
  return drafts.map((draft) => toItem('critical', draft));
}

function warnings(facts: AttentionFacts): AttentionItem[] {
  const { upstreams, budgets, approvals, diskFree, webhook, nowMs } = facts;
  const waitMs = approvals.oldestMs === null ? 0 : nowMs - approvals.oldestMs;
  const drafts: Draft[] = [
    ...upstreams
      .filter(({ state }) => state !== 'closed' && !facts.isOutage)
      .map(({ name, sinceMs }) => ({ kind: 'upstream_open' as const, subject: name, since: toTime(sinceMs) })),
    ...budgets
      .filter(({ state, scope }) => state === 'reached' && scope !== 'platform')
      .map((budget) => toBudget('budget_reached', budget)),
    ...budgets.filter(({ state }) => state === 'warned').map((budget) => toBudget('budget_near', budget)),
    ...facts.plugins.map(({ name, displayName }) => ({
      kind: 'plugin_failed' as const,
      ...{ subject: displayName, subject_id: name },
    })),
    ...(waitMs >= LONG_WAIT_MS
      ? [{ kind: 'approval_waits' as const, value: approvals.count, since: toTime(approvals.oldestMs) }]
      : []),
    ...facts.crashes.map(({ agentId, name, crashes, sinceMs }) => ({
      kind: 'agent_crashes' as const,
      ...{ subject: name ?? agentId, subject_id: agentId, value: crashes, since: toTime(sinceMs) },
    })),
    ...(diskFree !== null && diskFree >= DISK_FULL && diskFree < DISK_LOW
      ? [{ kind: 'disk_low' as const, value: diskFree }]
      : []),
    ...(webhook.failing > 0
      ? [{ kind: 'webhook_fails' as const, value: webhook.failing, since: toTime(webhook.oldestMs) }]
      : []),
    ...(facts.failingDeployments > 0 ? [{ kind: 'deployments_fail' as const, value: facts.failingDeployments }] : []),
    ...(facts.spareFailures > 0 && facts.spareFailures < 3
      ? [{ kind: 'spares_fail' as const, value: facts.spareFailures }]
      : []),
    ...(facts.queueLength > 0 ? [{ kind: 'sessions_queue' as const, value: facts.queueLength }] : []),
    ...(facts.lagMs >= LAG_SLOW_MS ? [{ kind: 'event_loop_slow' as const, value: facts.lagMs }] : []),
    ...(facts.unpriced > 0 ? [{ kind: 'calls_unpriced' as const, value: facts.unpriced }] : []),
  ];
  return drafts.map((draft) => toItem('warning', draft));
}

function toBudget(kind: 'budget_reached' | 'budget_near', budget: BudgetResource): Draft {
  const { scope, name, target_id: id, limit, spent_usd: spent } = budget;
  const cents = Number(limit.amount);
  return {
    kind,
    subject: scope === 'platform' ? null : (name ?? id),
    subject_id: budget.id,
    value: cents === 0 ? 1 : (Number(spent) * 100) / cents,
  };
}
