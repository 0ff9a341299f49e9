import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { CDPSession, Page } from 'playwright-core';

import type { Stage } from '../../../e2e/support/create-stage.ts';

const PROBE = join(import.meta.dirname, 'probe.js');

/** A page with the probe, in a new browser profile, so that nothing is cached. */
export interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly cdp: CDPSession;
  /** Runs an expression with `benchProbe` in the page. */
  probe: <T>(expression: string) => Promise<T>;
  /** Main thread of the page, in milliseconds of work since it was opened. */
  readTaskMs: () => Promise<number>;
  /** The JavaScript heap after a garbage collection, in MB of 2^20 bytes. */
  readHeapMb: () => Promise<number>;
}

/** Opens a path or a URL. Resolves as soon as the page has begun to load. */
export async function visit(stage: Pick<Stage, 'open'>, path: string): Promise<Visit> {
  // An existing page has the cookies already. The probe must be installed before the app's first page.
  const page = await stage.open({ path: 'about:blank' });
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await page.addInitScript(await readFile(PROBE, 'utf8'));
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  await page.goto(path, { waitUntil: 'commit' });
  const readMetric = async (wanted: string) => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN;
  };
  return {
    page,
    cdp,
    probe: (expression) => page.evaluate(`benchProbe.${expression}`),
    readTaskMs: async () => (await readMetric('TaskDuration')) * 1000,
    async readHeapMb() {
      await cdp.send('HeapProfiler.enable');
      await cdp.send('HeapProfiler.collectGarbage');
      await cdp.send('HeapProfiler.disable');
      return (await readMetric('JSHeapUsedSize')) / 2 ** 20;
    },
    [Symbol.asyncDispose]: () => page.context().close(),
  };
}
