import { systemClock } from '../apps/server/src/lib/clock.ts';
import { startModelGateway } from '../apps/server/src/model-gateway/model-gateway.ts';
import { createSessionTokens } from '../apps/server/src/model-gateway/session-tokens.ts';
import { createFixedKey } from '../apps/server/src/model-gateway/upstreams/upstream-keys.ts';
import { createUpstreams } from '../apps/server/src/model-gateway/upstreams/upstreams.ts';
import { createLogger } from '../apps/server/src/telemetry/logger.ts';
import { createPriceCall } from '../apps/server/src/usage/price-call.ts';
import { LIST_PRICES } from '../apps/server/src/usage/price-table.ts';
import { servePart } from './src/parts/serve-part.ts';

// The model gateway alone, in front of the scripted model.
await servePart(async ({ modelUrl }: { modelUrl: string }) => {
  const tokens = createSessionTokens();
  const upstreams = createUpstreams({
    upstreams: [{ name: 'bench', baseUrl: modelUrl, models: null, findKey: createFixedKey('upstream-key') }],
    breaker: { failures: 5, windowMs: 60_000, openMs: 15_000 },
    retries: { percent: 10 },
    stallMs: 180_000,
    uptimeMs: () => performance.now(),
  });
  const gateway = await startModelGateway({
    ...{ upstreams, tokens },
    clock: systemClock,
    logger: createLogger({ level: 'warn' }),
    maxRetries: 0,
    priceCall: createPriceCall(LIST_PRICES),
    onUsage: () => undefined,
    onRequest: () => undefined,
  });
  return { url: gateway.url, token: tokens.issue({ sessionId: 'sesn_bench', ownerId: 'bench' }) };
});
