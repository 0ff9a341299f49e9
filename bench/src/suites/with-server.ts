import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';

import type { BenchContext } from '../series.ts';

/** Runs against a server of its own in front of the scripted model, which is gone, with all its processes, afterwards. */
export async function withServer<T>(
  { modelUrl }: Pick<BenchContext, 'modelUrl'>,
  run: (server: TestServer) => Promise<T>,
  environment: Readonly<Record<string, string>> = {},
): Promise<T> {
  await using server = await startServer({
    upstreamUrl: modelUrl,
    environment: { CLAUDE_SDK_PATTERN_LOG_LEVEL: 'warn', ...environment },
  });
  return await run(server);
}
