import type { AttentionItem, OverviewLoad, OverviewResource } from '@claude-sdk-pattern/protocol';

import type { Clock } from '../lib/clock.ts';
import type { Upstreams } from '../model-gateway/upstreams/upstreams.ts';
import type { PluginView } from '../plugins/registry/to-view.ts';
import type { ProcessOperations } from '../processes/process-operations.ts';
import type { LiveSession } from '../sessions/live/live-session.ts';
import type { StopBook } from '../stops/stop-book.ts';
import type { StopReports } from '../stops/stop-reports.ts';
import type { CrashWindow } from './crash-window.ts';
import { findAttention } from './find-attention.ts';
import { judgeHealth, type HealthFacts } from './judge-health.ts';
import type { LoadMeter } from './load-meter.ts';
import type { SlowFacts } from './slow-facts.ts';

export interface OverviewDeps {
  node: { id: string; version: string; startedAt: string };
  listSessions(): readonly Pick<LiveSession, 'idleSinceMs' | 'waitsForPeople'>[];
  processes: Pick<ProcessOperations, 'summarize'>;
  upstreams: Pick<Upstreams, 'list' | 'findOutage' | 'onTransition'>;
  stops: Pick<StopBook, 'all' | 'drain'>;
  stopReports: Pick<StopReports, 'describe' | 'findName'>;
  listPlugins(): readonly Pick<PluginView, 'name' | 'displayName' | 'state' | 'health'>[];
  crashes: Pick<CrashWindow, 'list'>;
  load: Pick<LoadMeter, 'read'>;
  readSlowFacts(options?: { isUrgent?: boolean }): Promise<SlowFacts>;
  clock: Clock;
}

export interface OverviewOptions {
  /** Asks the database now, also where it was asked a moment ago. */
  isUrgent?: boolean;
}

export type ReadOverview = (options?: OverviewOptions) => Promise<OverviewResource>;

/** Returns what reads how the server is now. */
export function createOverview(deps: OverviewDeps): ReadOverview {
  /** Since when an upstream is not closed. */
  const openSince = new Map<string, number>();
  deps.upstreams.onTransition(({ upstream, to }) => {
    if (to === 'closed') openSince.delete(upstream);
    else if (!openSince.has(upstream)) openSince.set(upstream, deps.clock.now());
  });

  return async (options) => {
    const { upstreams, stops, stopReports, clock, node } = deps;
    const [slow, described] = await Promise.all([deps.readSlowFacts(options), stopReports.describe(stops.all)]);
    const load = readLoad(deps, slow);
    const summary = deps.processes.summarize();
    const crashed = await Promise.all(
      deps.crashes.list().map(async (each) => ({
        ...each,
        name: (await stopReports.findName('agent', each.agentId)) ?? null,
      })),
    );
    const facts: HealthFacts = {
      stops: described,
      nodeId: node.id,
      upstreams: upstreams.list().map((each) => ({ ...each, sinceMs: openSince.get(each.name) ?? null })),
      isOutage: upstreams.findOutage() !== undefined,
      plugins: deps
        .listPlugins()
        .filter(({ state, health }) => state === 'failed' || state === 'missing' || health.status === 'failed'),
      ...{ budgets: slow.budgets, approvals: slow.approvals, webhook: slow.webhook, crashes: crashed },
      failingDeployments: slow.failingDeployments,
      ...{ diskFree: slow.diskFree, storeMs: slow.storeMs, unpriced: slow.today?.unpriced_requests ?? 0 },
      ...{ spareFailures: summary.pool.start_failures, queueLength: load.queue_length, lagMs: load.event_loop_lag_ms },
      nowMs: clock.now(),
    };
    return {
      type: 'overview',
      at: new Date(clock.now()).toISOString(),
      node: {
        ...{ id: node.id, version: node.version, started_at: node.startedAt },
        state: stops.drain === undefined ? 'serving' : load.turns_running === 0 ? 'drained' : 'draining',
      },
      health: judgeHealth(facts),
      load,
      spending: {
        today_usd: slow.today?.cost_usd ?? '0.00',
        requests: slow.today?.requests ?? 0,
        unpriced_requests: slow.today?.unpriced_requests ?? 0,
        budget: findNarrowest(slow),
      },
      attention: findAttention(facts) satisfies AttentionItem[],
      stops: described,
    };
  };
}

function readLoad(deps: OverviewDeps, slow: SlowFacts): OverviewLoad {
  const { cpuShare, cpus, usedBytes, totalBytes, lagMs } = deps.load.read();
  const { processes, maxProcesses, queueLength, pool, bytes } = deps.processes.summarize();
  const working = deps.listSessions().filter(({ idleSinceMs }) => idleSinceMs === undefined);
  return {
    turns_running: working.length,
    turns_waiting: working.filter(({ waitsForPeople }) => waitsForPeople).length,
    processes,
    max_processes: maxProcesses,
    ...{ spares_ready: pool.ready, spares_wanted: pool.wanted, queue_length: queueLength },
    hibernated: Math.max(0, slow.openSessions - processes),
    cpu_share: Math.round(cpuShare * 100) / 100,
    cpus,
    ...{ memory_used_bytes: usedBytes, memory_total_bytes: totalBytes, agents_bytes: bytes },
    event_loop_lag_ms: lagMs,
  };
}

/** Of the budgets of the platform, the one that has least room. */
function findNarrowest({ budgets }: SlowFacts) {
  const toShare = ({ spent_usd: spent, limit }: SlowFacts['budgets'][number]) =>
    Number(limit.amount) === 0 ? Infinity : (Number(spent) * 100) / Number(limit.amount);
  const own = budgets.filter(({ scope }) => scope === 'platform');
  return own.toSorted((a, b) => toShare(b) - toShare(a))[0] ?? null;
}
