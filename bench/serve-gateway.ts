import { systemClock } from '../apps/server/src/lib/clock.ts';
import { startModelGateway } from '../apps/server/src/model-gateway/model-gateway.ts';
import { createSessionTokens } from '../apps/server/src/model-gateway/session-tokens.ts';
import { createFixedKey } from '../apps/server/src/model-gateway/upstreams/upstream-keys.ts';
import {
  createUpstreams,
  type GuardedUpstream,
  type Upstreams,
} from '../apps/server/src/model-gateway/upstreams/upstreams.ts';
import { createLogger } from '../apps/server/src/telemetry/logger.ts';
import { createPriceCall } from '../apps/server/src/usage/price-call.ts';
import { LIST_PRICES } from '../apps/server/src/usage/price-table.ts';
import { servePart } from './src/parts/serve-part.ts';

/** Far longer than the bench. */
const OPEN_MS = 3_600_000;

// The model gateway alone, in front of the scripted model: as it is, without its circuit breaker, and with an open one.
await servePart(async ({ modelUrl }: { modelUrl: string }) => {
  const closed = openUpstreams(modelUrl);
  const broken = openUpstreams(modelUrl);
  const upstream = broken.find();
  for (let failures = 0; failures < 5; failures += 1) await upstream?.breaker.run(async () => ({ isFault: true }));
  return {
    through: await serve(closed),
    unguarded: await serve(withoutBreaker(openUpstreams(modelUrl))),
    open: await serve(broken),
  };
});

function openUpstreams(baseUrl: string): Upstreams {
  return createUpstreams({
    upstreams: [{ name: 'bench', baseUrl, models: null, findKey: createFixedKey('upstream-key') }],
    breaker: { failures: 5, windowMs: 60_000, openMs: OPEN_MS },
    retries: { percent: 10 },
    stallMs: 180_000,
    uptimeMs: () => performance.now(),
  });
}

async function serve(upstreams: Upstreams): Promise<{ url: string; key: string }> {
  const tokens = createSessionTokens();
  const gateway = await startModelGateway({
    ...{ upstreams, tokens },
    clock: systemClock,
    logger: createLogger({ level: 'warn' }),
    maxRetries: 0,
    priceCall: createPriceCall(LIST_PRICES),
    onUsage: () => undefined,
    onRequest: () => undefined,
  });
  return { url: gateway.url, key: tokens.issue({ sessionId: 'sesn_bench', ownerId: 'bench' }) };
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
