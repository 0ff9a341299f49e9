import { join } from 'node:path';

import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

import { createStage, type Stage, type StageOptions } from './create-stage.ts';
import { shareBrowser } from './share-browser.ts';

const TRACES = join(import.meta.dirname, '..', '..', 'test-results');
const TRACE_TIMEOUT_MS = 15_000;

export type { Stage };

/**
 * Opens a stage for tests. A page is closed after the test that opened it, because an open page keeps rendering what
 * later tests do. If a test fails, a screenshot and the text of its pages are kept.
 */
export async function openStage(options: Omit<StageOptions, 'browser' | 'onPage'> = {}): Promise<Stage> {
  return createStage({
    ...options,
    browser: await shareBrowser(),
    onPage: (page, { keep }) =>
      onTestFinished(async ({ task }) => {
        if (task.result?.state === 'fail') await keepTrace(page, task.name);
        if (keep) return;
        await page.close();
        if (page.context().pages().length === 0) await page.context().close();
      }),
  });
}

/** Saves a page's screenshot and text after its test has failed. */
export async function keepTrace(page: Page, testName: string): Promise<void> {
  if (page.isClosed()) return;
  const name = `${testName.replaceAll(/\W+/g, '-').slice(0, 60)}-${page.viewportSize()?.width ?? 0}`;
  await page.screenshot({ path: join(TRACES, `${name}.png`), timeout: TRACE_TIMEOUT_MS }).catch(() => {});
  console.log(`On ${page.url()} when "${testName}" failed (picture in test-results/${name}.png):`);
  console.log(await page.locator('body').innerText().catch(String));
}
