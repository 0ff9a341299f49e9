import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEmbeddedPostgres } from '@claude-sdk-pattern/testkit';

import { SYSTEM } from '../apps/server/src/audit/fact.ts';
import { openBudgets } from '../apps/server/src/budgets/open-budgets.ts';
import { systemClock } from '../apps/server/src/lib/clock.ts';
import { createAdmit } from '../apps/server/src/model-gateway/admit.ts';
import { startModelGateway } from '../apps/server/src/model-gateway/model-gateway.ts';
import { createSessionTokens } from '../apps/server/src/model-gateway/session-tokens.ts';
import { createFixedKey } from '../apps/server/src/model-gateway/upstreams/upstream-keys.ts';
import {
  createUpstreams,
  type GuardedUpstream,
  type Upstreams,
} from '../apps/server/src/model-gateway/upstreams/upstreams.ts';
import { openStore } from '../apps/server/src/store/open-store.ts';
import { createLogger } from '../apps/server/src/telemetry/logger.ts';
import { createMetrics, type Metrics } from '../apps/server/src/telemetry/metrics.ts';
import { openTracing } from '../apps/server/src/telemetry/open-tracing.ts';
import type { Tracing } from '../apps/server/src/telemetry/tracing.ts';
import { createCallMeasure } from '../apps/server/src/usage/measure-calls.ts';
import { createModelLimits, createModelNamer, createPriceCall } from '../apps/server/src/usage/price-call.ts';
import { LIST_PRICES } from '../apps/server/src/usage/price-table.ts';
import { createUsageRecorder } from '../apps/server/src/usage/usage-recorder.ts';
import { openUsageSpool } from '../apps/server/src/usage/usage-spool.ts';
import { NO_WEBHOOK } from '../apps/server/src/webhooks/webhook.ts';
import { servePart } from './src/parts/serve-part.ts';
import { serveProfiler } from './src/parts/serve-profiler.ts';
import { startBareProxy } from './src/sides/bare-proxy.ts';
import { startTcpRelay } from './src/sides/tcp-relay.ts';

/** Far longer than the bench. */
const NEVER_MS = 3_600_000;
/** More than the bench spends, in micro-dollars. */
const LIMIT_MICRO_USD = 1_000_000_000_000;
/** The share of traces that docs/operate/tracing.md recommends. */
const SAMPLED = 0.1;
/** The files that make traces, and those that metrics are made in. */
const TRACES =
  /\/telemetry\/(?:open-tracing|recorded-span|span-queue|trace-headers|trace-sampling)\.ts|\/call-span\.ts|@opentelemetry/;
const METRICS = /\/measure-calls\.ts|prom-client/;
const UPSTREAM_KEY = 'upstream-key';
const priceCall = createPriceCall(LIST_PRICES);
const clock = { ...systemClock, uptimeMs: () => performance.now() };

// The model gateway alone, in front of the scripted model, with two budgets, metering and metrics as in a server: as it is, with
// PostgreSQL, with traces, without metrics, without its circuit breaker, with an open one; a proxy that does nothing else; and a relay that reads
// nothing.
await servePart(async ({ modelUrl, collectorUrl }: { modelUrl: string; collectorUrl: string }) => {
  const dir = await mkdtemp(join(tmpdir(), 'csp-bench-'));
  const metrics = createMetrics();
  const postgres = await startEmbeddedPostgres({ durable: true });
  const sqlite = { ...{ dir, metrics }, url: `sqlite:${join(dir, 'csp.db')}`, nodeId: 'one' };
  const onSqlite = await openMeter(sqlite);
  const onPostgres = await openMeter({ ...sqlite, url: await postgres.createDatabase(), nodeId: 'two' });
  const broken = openUpstreams(modelUrl);
  const upstream = broken.find();
  for (let failures = 0; failures < 5; failures += 1) await upstream?.breaker.run(async () => ({ isFault: true }));
  return {
    through: await serve(openUpstreams(modelUrl), onSqlite),
    postgres: await serve(openUpstreams(modelUrl), onPostgres),
    traced: await serve(openUpstreams(modelUrl), {
      ...onSqlite,
      tracing: openBenchTracing(collectorUrl, { metrics, ratio: 1 }),
    }),
    sampled: await serve(openUpstreams(modelUrl), {
      ...onSqlite,
      tracing: openBenchTracing(collectorUrl, { metrics, ratio: SAMPLED }),
    }),
    unmeasured: await serve(openUpstreams(modelUrl), withoutMetrics(onSqlite)),
    unguarded: await serve(withoutBreaker(openUpstreams(modelUrl)), onSqlite),
    open: await serve(broken, onSqlite),
    bare: { url: await startBareProxy(modelUrl, UPSTREAM_KEY), key: '' },
    relayed: { url: await startTcpRelay(modelUrl), key: UPSTREAM_KEY },
    pid: process.pid,
    profilerUrl: await serveProfiler({ traces: TRACES, metrics: METRICS }),
  };
});

function openUpstreams(baseUrl: string): Upstreams {
  return createUpstreams({
    upstreams: [{ name: 'bench', baseUrl, models: null, findKey: createFixedKey(UPSTREAM_KEY) }],
    breaker: { failures: 5, windowMs: 60_000, openMs: NEVER_MS },
    retries: { percent: 10 },
    stallMs: 180_000,
    uptimeMs: () => performance.now(),
  });
}

/** What becomes of calls in a server, with budgets of the platform and of the user that limit them. */
async function openMeter({
  url,
  dir,
  nodeId,
  metrics,
}: {
  url: string;
  dir: string;
  nodeId: string;
  metrics: Metrics;
}) {
  const store = await openStore({ url });
  const logger = createLogger({ level: 'warn' });
  const audit = { record: async () => undefined };
  const budgets = await openBudgets({
    ...{
      store,
      audit,
      webhook: NO_WEBHOOK,
      clock,
      logger,
      metrics,
      priceCall,
      findLimits: createModelLimits(LIST_PRICES),
      timeZone: 'UTC',
      nodeId,
    },
  });
  const limit = { limitMicroUsd: LIMIT_MICRO_USD, warnAt: null };
  await budgets.book.create(SYSTEM, { ...limit, scope: 'platform', targetId: '', period: 'month' });
  await budgets.book.create(SYSTEM, { ...limit, scope: 'user', targetId: 'bench', period: 'day' });
  const spool = openUsageSpool({ path: join(dir, `${nodeId}.jsonl`), logger });
  const usage = createUsageRecorder({ store, logger, spool, onStored: (requests) => budgets.noteStored(requests) });
  const measureCall = createCallMeasure(metrics, createModelNamer(LIST_PRICES));
  const record = (request: Parameters<typeof usage.record>[0]) => {
    budgets.note(request);
    usage.record(request);
  };
  return {
    record,
    admit: createAdmit(budgets, { findWorkStop: () => undefined }),
    onUsage: usage.note,
    onFirstByte: (upstream: string, ms: number) =>
      void setImmediate(() => metrics.modelFirstByte.observe({ upstream }, ms / 1000)),
    onRequest(request: Parameters<typeof usage.record>[0]) {
      setImmediate(measureCall, request);
      record(request);
    },
  };
}

async function serve(
  upstreams: Upstreams,
  { record: _, ...meter }: Awaited<ReturnType<typeof openMeter>> & { tracing?: Tracing },
): Promise<{ url: string; key: string }> {
  const tokens = createSessionTokens();
  const gateway = await startModelGateway({
    ...{ upstreams, tokens, priceCall, maxRetries: 0, ...meter },
    clock: systemClock,
    logger: createLogger({ level: 'warn' }),
  });
  return { url: gateway.url, key: tokens.issue({ sessionId: 'sesn_bench', ownerId: 'bench' }) };
}

/** What metrics cost is the difference to this. */
function withoutMetrics(meter: Awaited<ReturnType<typeof openMeter>>) {
  return { ...meter, onFirstByte: () => undefined, onRequest: meter.record };
}

/** Each call is a span, in the share `ratio` of traces that are kept. Sent in whole batches only, so that it is known whose cost that is. */
function openBenchTracing(url: string, { metrics, ratio }: { metrics: Metrics; ratio: number }): Tracing {
  return openTracing({
    ...{ metrics, version: '0.0.0', nodeId: 'bench', logger: createLogger({ level: 'warn' }) },
    mask: (value) => value,
    sendEveryMs: NEVER_MS,
    settings: {
      ...{ url, headers: {}, serviceName: 'csp', resourceAttributes: {}, sampler: 'parentbased_traceidratio' },
      ...{ ratio, clientTracesPerSecond: 10, hasContents: false, hasAgents: false },
    },
  });
}

/** What a breaker costs is the difference to this. */
function withoutBreaker(upstreams: Upstreams): Upstreams {
  const upstream = upstreams.find();
  if (upstream === undefined) throw new Error('A new upstream takes calls');
  const unguarded: GuardedUpstream = {
    ...upstream,
    breaker: { ...upstream.breaker, state: 'closed', mayCall: true, run: (call) => call(() => undefined) },
    retries: { earn: () => undefined, take: () => undefined },
  };
  return { ...upstreams, find: () => unguarded };
}
