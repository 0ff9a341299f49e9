import { until, type TestServer } from '@claude-sdk-pattern/testkit';

/** Filling a pool of ten takes some seconds, and longer on a busy machine. */
const READY_TIMEOUT_MS = 120_000;

/** Resolves when the pool has this many started processes that no session has claimed. */
export async function waitForSpares(server: TestServer, count: number): Promise<void> {
  await until(
    `${count} spares are ready`,
    async () => {
      const metrics = await (await server.fetch('/metrics')).text();
      const ready = /^csp_prewarm_pool_size\{[^}]*state="ready"[^}]*\} (\d+)/m.exec(metrics)?.[1];
      return Number(ready) >= count;
    },
    READY_TIMEOUT_MS,
  );
}
