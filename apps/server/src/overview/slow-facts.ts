import type { BudgetResource, UsageResource } from '@claude-sdk-pattern/protocol';

import type { BudgetBook } from '../budgets/budget-book.ts';
import type { BudgetReports } from '../budgets/budget-reports.ts';
import { readDiskSpace } from '../data-dir/disk-space.ts';
import type { UptimeClock } from '../lib/clock.ts';
import { toStartOfDate } from '../lib/time-bins.ts';
import { toCountedSince } from '../budgets/periods.ts';
import type { Store } from '../store/port.ts';
import type { UsageReports } from '../usage/usage-report.ts';

/** What the database and the disk say. */
export interface SlowFacts {
  budgets: readonly BudgetResource[];
  today: UsageResource['total'] | null;
  approvals: { count: number; oldestMs: number | null };
  webhook: { failing: number; oldestMs: number | null };
  /** Deployments whose last run failed. */
  failingDeployments: number;
  openSessions: number;
  /** Free share of the disk, 0 to 1; null where it cannot be read. */
  diskFree: number | null;
  /** Of one round trip to the database; null where it does not answer. */
  storeMs: number | null;
}

export interface SlowFactsDeps {
  store: Pick<Store, 'ping' | 'approvals' | 'webhookMessages' | 'sessions' | 'deployments'>;
  budgets: Pick<BudgetBook, 'all'>;
  budgetReports: Pick<BudgetReports, 'describe'>;
  usage: UsageReports;
  dataDir: string;
  clock: UptimeClock;
}

const EVERY_MS = 10_000;
const NOTHING: SlowFacts = {
  ...{ budgets: [], today: null, approvals: { count: 0, oldestMs: null }, webhook: { failing: 0, oldestMs: null } },
  ...{ failingDeployments: 0, openSessions: 0, diskFree: null, storeMs: null },
};

/**
 * Reads these facts, once every 10 s however often it is asked, sooner where `isUrgent`. While the database does not answer, the
 * last ones stay, and `storeMs` is null. Never rejects.
 */
export function createSlowFacts(deps: SlowFactsDeps): (options?: { isUrgent?: boolean }) => Promise<SlowFacts> {
  const { clock } = deps;
  let facts = NOTHING;
  let readAtMs = -Infinity;
  let reading: Promise<SlowFacts> | undefined;
  const read = async () => {
    const diskFree = await readDiskShare(deps.dataDir);
    try {
      facts = { ...(await readStore(deps)), diskFree };
    } catch {
      facts = { ...facts, diskFree, storeMs: null };
    }
    readAtMs = clock.uptimeMs();
    return facts;
  };
  return async ({ isUrgent = false } = {}) => {
    if (!isUrgent && clock.uptimeMs() - readAtMs < EVERY_MS) return facts;
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

async function readDiskShare(dir: string): Promise<number | null> {
  const space = await readDiskSpace(dir);
  if (space === undefined || space.sizeBytes === 0) return null;
  // A disk that takes no file more is as full as one that takes no byte more.
  const inodeShare = space.inodes === 0 ? 1 : space.freeInodes / space.inodes;
  return Math.min(space.freeBytes / space.sizeBytes, inodeShare);
}

async function readStore({ store, clock, budgets, budgetReports, usage }: SlowFactsDeps) {
  const beganMs = clock.uptimeMs();
  await store.ping();
  const storeMs = Math.round((clock.uptimeMs() - beganMs) * 10) / 10;
  const { timeZone } = usage;
  const { day } = toCountedSince(usage.now(), timeZone);
  const from = toStartOfDate(day, timeZone, 0);
  const to = new Date(usage.now()).toISOString();
  const [described, report, approvals, webhook, openSessions, failingDeployments] = await Promise.all([
    budgetReports.describe(budgets.all),
    usage.report({ from, to, groupBy: 'day', timeZone, limit: 2, readerId: '' }),
    store.approvals.countPending(),
    store.webhookMessages.countFailing(),
    store.sessions.countOpen(),
    store.deployments.countFailing(),
  ]);
  const toMs = (at: string | null) => (at === null ? null : Date.parse(at));
  return {
    budgets: described,
    today: report.total,
    approvals: { count: approvals.count, oldestMs: toMs(approvals.oldestAt) },
    webhook: { failing: webhook.count, oldestMs: toMs(webhook.oldestAt) },
    ...{ openSessions, failingDeployments, storeMs },
  };
}
