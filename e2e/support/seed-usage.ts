import { join } from 'node:path';

import type { TestServer } from '@claude-sdk-pattern/testkit';

import { openStore } from '../../apps/server/src/store/open-store.ts';
import type { NewModelRequest } from '../../apps/server/src/store/usage.ts';

/** A model call of the past. What is left out has a value that does not matter. */
export type SeededCall = Pick<NewModelRequest, 'ownerId' | 'model'> &
  Partial<NewModelRequest> & {
    /** In milliseconds since the epoch. */
    at: number;
  };

/** Writes model calls into the store of a running server, as if it had metered them. */
export async function seedUsage(server: Pick<TestServer, 'dataDir'>, calls: readonly SeededCall[]): Promise<void> {
  let now = 0;
  await using stack = new AsyncDisposableStack();
  const store = await openStore({ url: `sqlite:${join(server.dataDir, 'csp.db')}`, nowMs: () => now });
  stack.defer(() => store.close());
  for (const [index, { at, ...call }] of calls.entries()) {
    now = at;
    await store.usage.append({
      ...{ id: `req_seeded_${index}`, sessionId: null, agentId: null, turn: null, cause: 'agent' },
      ...{ inputTokens: 1000, outputTokens: 500, cacheReadTokens: 8000, cacheWriteTokens: 500, cacheWrite1hTokens: 0 },
      ...{ webSearches: 0, costMicroUsd: 10_000, priceVersion: 'seeded', statusCode: 200, isError: false },
      ...{ durationMs: 900, ...call },
    });
  }
}
