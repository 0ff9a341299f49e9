import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { findViolations } from './support/axe.ts';
import { prepareShowcase, showcaseScenarios, type Showcase } from './support/showcase.ts';
import { openStage, type Stage } from './support/stage.ts';
import { phoneViews, views } from './support/views.ts';

let stage: Stage;
let showcase: Showcase;

beforeAll(async () => {
  stage = await openStage({ scenarios: showcaseScenarios });
  showcase = await prepareShowcase(stage.server);
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

describe.each([
  { width: 1280, phone: false, all: views },
  { width: 390, phone: true, all: [...views, ...phoneViews] },
])('at $width pixels', ({ phone, all }) => {
  /** Keeps the browser's profile, and with it its caches, from one view to the next. */
  let first: Page | undefined;

  test.each(all)('$name: axe finds nothing, light or dark, and the page does not scroll sideways', async (view) => {
    const { path, settle, signedIn = true } = view;
    if (signedIn) first ??= await stage.open({ phone });
    const page = await stage.open({
      path: path(showcase),
      signedIn,
      phone,
      ...(signedIn && first && { beside: first }),
    });
    await settle(page);
    expect(await overflowOf(page)).toBe(0);
    expect(await findViolations(page)).toEqual([]);
    await page.close();
  });
});

/** By how many pixels the page could be scrolled sideways. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
