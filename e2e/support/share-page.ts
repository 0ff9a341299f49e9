import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

import { keepTrace, type Stage } from './stage.ts';

/**
 * Returns a function that takes one page to a path, for tests that do not look at what opening a page does: it costs twice
 * as much as going somewhere. After a test that fails, the page is closed, and the next test opens a new one.
 */
export function sharePage(stage: () => Stage): (path?: string) => Promise<Page> {
  let shared: Page | undefined;
  return async (path = '/') => {
    onTestFinished(async ({ task }) => {
      if (task.result?.state !== 'fail' || shared === undefined) return;
      const failed = shared;
      shared = undefined;
      await keepTrace(failed, task.name);
      await failed.context().close();
    });
    if (shared === undefined) shared = await stage().open({ path, keep: true });
    else await shared.goto(path);
    return shared;
  };
}
