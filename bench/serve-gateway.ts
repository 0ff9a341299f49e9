import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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
import { startBareProxy } from './src/sides/bare-proxy.ts';

/** Far longer than the bench. */
const OPEN_MS = 3_600_000;
/** More than the bench spends, in micro-dollars. */
const LIMIT_MICRO_USD = 1_000_000_000_000;
const UPSTREAM_KEY = 'upstream-key';
const priceCall = createPriceCall(LIST_PRICES);
const clock = { ...systemClock, uptimeMs: () => performance.now() };

// The model gateway alone, in front of the scripted model, with two budgets, metering and metrics as in a server: as it is, with
// PostgreSQL, with traces, without metrics, without its circuit breaker, with an open one; and a proxy that does nothing else.
await servePart(async ({ modelUrl }: { modelUrl: string }) => {
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
    traced: await serve(openUpstreams(modelUrl), { ...onSqlite, tracing: await openBenchTracing(metrics) }),
    unmeasured: await serve(openUpstreams(modelUrl), withoutMetrics(onSqlite)),
    unguarded: await serve(withoutBreaker(openUpstreams(modelUrl)), onSqlite),
    open: await serve(broken, onSqlite),
    bare: { url: await startBareProxy(modelUrl, UPSTREAM_KEY), key: '' },
  };
});

function openUpstreams(baseUrl: string): Upstreams {
  return createUpstreams({
    upstreams: [{ name: 'bench', baseUrl, models: null, findKey: createFixedKey(UPSTREAM_KEY) }],
    breaker: { failures: 5, windowMs: 60_000, openMs: OPEN_MS },
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

/** Every call is a span, and sent to a collector that throws it away. */
async function openBenchTracing(metrics: Metrics): Promise<Tracing> {
  const collector = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  return openTracing({
    ...{ metrics, version: '0.0.0', nodeId: 'bench', logger: createLogger({ level: 'warn' }), mask: (value) => value },
    settings: {
      ...{ url: `http://127.0.0.1:${port}/v1/traces`, headers: {}, serviceName: 'csp', resourceAttributes: {} },
      ...{ sampler: 'always_on', ratio: 1, hasContents: false, hasAgents: false },
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
