import type { BudgetResource, StopResource } from '@claude-sdk-pattern/protocol';
import { expect, it } from 'vitest';

import { findAttention, type AttentionFacts } from './find-attention.ts';
import { judgeHealth } from './judge-health.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const WELL: AttentionFacts = {
  ...{ stops: [], nodeId: 'node_1', upstreams: [], isOutage: false, budgets: [], plugins: [], crashes: [] },
  ...{ approvals: { count: 0, oldestMs: null }, webhook: { failing: 0, oldestMs: null }, diskFree: 0.5 },
  ...{ failingDeployments: 0, spareFailures: 0, queueLength: 0, lagMs: 5, unpriced: 0, nowMs: NOW },
};
const look = (facts: Partial<AttentionFacts>) =>
  findAttention({ ...WELL, ...facts }).map(({ kind, severity, subject }) => [kind, severity, subject]);
const budget = (fields: Partial<BudgetResource>) => ({ limit: { amount: '1000' }, ...fields }) as BudgetResource;
const stop = (fields: Partial<StopResource>) => ({ created_at: '2026-11-30T11:00:00Z', ...fields }) as StopResource;

it('has nothing to say of a server that is well', () => {
  expect(look({})).toEqual([]);
  expect(new Set(judgeHealth({ ...WELL, storeMs: 1 }).map(({ state }) => state))).toEqual(new Set(['ok']));
});

it('tells what is urgent first, and whose it is', () => {
  const told = look({
    stops: [stop({ scope: 'user', target_id: 'u', name: 'Eve' }), stop({ scope: 'node', target_id: 'node_2' })],
    budgets: [
      budget({ id: 'a', scope: 'user', state: 'reached', name: 'Ann', spent_usd: '10' }),
      budget({ id: 'b', scope: 'platform', state: 'reached', name: null, spent_usd: '11' }),
      budget({ id: 'c', scope: 'agent', state: 'warned', name: 'Writer', spent_usd: '9' }),
    ],
    upstreams: [{ name: 'second', state: 'open', sinceMs: NOW }],
    plugins: [{ name: 'weather', displayName: 'Weather' }],
    approvals: { count: 2, oldestMs: NOW - 3_600_000 },
    diskFree: 0.02,
  });
  expect(told).toEqual([
    ['stopped', 'critical', 'user Eve'],
    ['budget_reached', 'critical', null],
    ['disk_low', 'critical', null],
    ['upstream_open', 'warning', 'second'],
    ['budget_reached', 'warning', 'Ann'],
    ['budget_near', 'warning', 'Writer'],
    ['plugin_failed', 'warning', 'Weather'],
    ['approval_waits', 'warning', null],
  ]);
});

it('does not call an approval long that was asked for a minute ago, and an outage only once', () => {
  const upstreams = [{ name: 'only', state: 'open' as const, sinceMs: NOW }];
  expect(look({ approvals: { count: 1, oldestMs: NOW - 60_000 }, upstreams, isOutage: true })).toEqual([
    ['model_outage', 'critical', null],
  ]);
  const parts = judgeHealth({ ...WELL, upstreams, isOutage: true, storeMs: null, lagMs: 300 });
  expect(parts.filter(({ state }) => state !== 'ok').map(({ part, state }) => [part, state])).toEqual([
    ['database', 'bad'],
    ['model_api', 'bad'],
    ['event_loop', 'warn'],
  ]);
});
