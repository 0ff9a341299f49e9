import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';

import type { BenchContext } from '../series.ts';
import { NO_RATE_LIMITS } from '../no-rate-limits.ts';

/** Runs with a new server in front of the scripted model. The server and all its processes end afterwards. */
export async function withServer<T>(
  { modelUrl }: Pick<BenchContext, 'modelUrl'>,
  run: (server: TestServer) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  await using server = await startServer({
    upstreamUrl: modelUrl,
    environment: { ...NO_RATE_LIMITS, CLAUDE_SDK_PATTERN_LOG_LEVEL: 'warn', ...environment },
  });
  return await run(server);
}
