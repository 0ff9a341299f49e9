import type { Clock } from '../lib/clock.ts';
import { createLimiter } from '../lib/limiter.ts';
import { shareNextRun } from '../lib/share-next-run.ts';
import { SYSTEM } from '../audit/fact.ts';
import type { StoredRun } from '../store/deployment-runs.ts';
import type { Store } from '../store/port.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { TriggerMetrics } from '../telemetry/trigger-metrics.ts';
import { findLastOccurrence } from './cron/occurrences.ts';
import { findNextRun, toDeployment, toTriggerKey, type Deployment } from './deployment-content.ts';
import { BUSY_MS, type RunDesk } from './run-desk.ts';

export interface SchedulerDeps {
  store: Pick<Store, 'deployments' | 'deploymentRuns' | 'transaction'>;
  desk: Pick<RunDesk, 'claim' | 'perform'>;
  metrics: TriggerMetrics;
  clock: Clock;
  logger: Pick<Logger, 'error' | 'warn'>;
  /** Runs are kept so long; 0 keeps them until there are too many. */
  retentionDays: number;
}

/** Starts what is due, and goes on with what a dead server began. Every server has one. */
export interface Scheduler {
  /** Looks at once. */
  start(): void;
  /** Something may be due earlier. */
  wake(): void;
  /** Resolves when everything that was due is done. */
  look(): Promise<void>;
  /** Waits for what is being done. */
  close(): Promise<void>;
}

/** Also how late a server notices that its clock was set, or what another server has scheduled. */
const LOOK_EVERY_MS = 5000;
const AT_ONCE = 8;
const BATCH = 100;
const DAY_MS = 24 * 60 * 60_000;
const PURGE_EVERY_MS = 60 * 60_000;
const PURGE_BATCH = 500;
/** Of one deployment. */
const MAX_RUNS = 10_000;

export function createScheduler({ store, desk, metrics, clock, logger, retentionDays }: SchedulerDeps): Scheduler {
  const limiter = createLimiter(AT_ONCE);
  let timer: NodeJS.Timeout | undefined;
  let purgedAtMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let hasFailed = false;

  /** Whichever server moves the schedule on makes the run, in the same transaction: of all that was missed only the last. */
  async function claimDue(deployment: Deployment): Promise<StoredRun | undefined> {
    const { id, nextRunAt, content } = deployment;
    if (nextRunAt === null || content.schedule === null) return undefined;
    const nowMs = clock.now();
    const dueMs = findLastOccurrence(content.schedule, Date.parse(nextRunAt), nowMs) ?? Date.parse(nextRunAt);
    const scheduledAt = new Date(dueMs).toISOString();
    const run = await store.transaction(async (transaction) => {
      const move = { nextRunAt, next: findNextRun(deployment, nowMs), lastRunAt: new Date(nowMs).toISOString() };
      if (!(await transaction.deployments.moveOn(id, move))) return undefined;
      return desk.claim(transaction, deployment, {
        ...{ type: 'schedule', key: toTriggerKey.schedule(scheduledAt), by: SYSTEM },
      });
    });
    if (run !== undefined) metrics.triggerDelay.observe(Math.max(0, nowMs - dueMs) / 1000);
    return run;
  }

  async function perform(find: () => Promise<StoredRun | undefined>, deploymentId: string): Promise<void> {
    try {
      await limiter.run(async () => {
        const run = isClosed ? undefined : await find();
        if (run !== undefined) await desk.perform(run);
      });
    } catch (error) {
      hasFailed = true;
      logger.error({ err: error, deployment_id: deploymentId }, 'a deployment could not be run; it is tried again');
    }
  }

  async function startDue(): Promise<void> {
    const due = await store.deployments.listDue(new Date(clock.now()).toISOString(), BATCH);
    await Promise.all(due.map((each) => perform(() => claimDue(toDeployment(each)), each.id)));
    const left = await store.deploymentRuns.takeLeft(BUSY_MS, BATCH);
    await Promise.all(left.map((run) => perform(async () => run, run.deploymentId)));
  }

  async function purge(): Promise<void> {
    const nowMs = clock.now();
    if (Math.abs(nowMs - purgedAtMs) < PURGE_EVERY_MS) return;
    purgedAtMs = nowMs;
    for (const id of await store.deploymentRuns.listFull(MAX_RUNS)) await store.deploymentRuns.trim(id, MAX_RUNS);
    if (retentionDays === 0) return;
    const before = new Date(nowMs - retentionDays * DAY_MS).toISOString();
    while ((await store.deploymentRuns.purgeBefore(before, PURGE_BATCH)) === PURGE_BATCH) if (isClosed) return;
  }

  async function setTimer(): Promise<void> {
    const next = await store.deployments.findNextDue();
    if (isClosed) return;
    // What has failed is still due.
    const delay = next === undefined || hasFailed ? LOOK_EVERY_MS : Date.parse(next) - clock.now();
    hasFailed = false;
    clearTimeout(timer);
    timer = setTimeout(() => void look(), Math.max(MIN_DELAY_MS, Math.min(delay, LOOK_EVERY_MS))).unref();
  }

  const look = shareNextRun(async () => {
    if (isClosed) return;
    try {
      await startDue();
      await purge();
      await setTimer();
    } catch (error) {
      logger.warn({ err: error }, 'schedules could not be looked at');
      clearTimeout(timer);
      if (!isClosed) timer = setTimeout(() => void look(), LOOK_EVERY_MS).unref();
    }
  });

  return {
    start: () => void look(),
    wake: () => void look(),
    look,
    async close() {
      clearTimeout(timer);
      isClosed = true;
      await look();
    },
  };
}

/** Where more are due than are taken at once. */
const MIN_DELAY_MS = 50;
