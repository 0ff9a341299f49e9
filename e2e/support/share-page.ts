import type { Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

import type { OpenOptions } from './create-stage.ts';
import { keepTrace, type Stage } from './stage.ts';

/**
 * Returns a function that opens a path in one shared page, for tests that do not depend on a fresh page: opening a page
 * takes twice as long as navigating. After a failed test the page is closed, and the next test opens a new one.
 */
export function sharePage(
  stage: () => Stage,
  options: Pick<OpenOptions, 'phone'> = {},
): (path?: string) => Promise<Page> {
  let shared: Page | undefined;
  return async (path = '/') => {
    onTestFinished(async ({ task }) => {
      if (task.result?.state !== 'fail' || shared === undefined) return;
      const failed = shared;
      shared = undefined;
      await keepTrace(failed, task.name);
      await failed.context().close();
    });
    if (shared === undefined) shared = await stage().open({ ...options, path, keep: true });
    else await shared.goto(path);
    return shared;
  };
}
