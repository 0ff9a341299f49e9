import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { prepareShowcase, showcaseScenarios, type Showcase } from './support/showcase.ts';
import { openStage, type Stage } from './support/stage.ts';
import { findSmallTargets } from './support/targets.ts';
import { phoneViews, views } from './support/views.ts';

let stage: Stage;
let showcase: Showcase;

beforeAll(async () => {
  stage = await openStage({ scenarios: showcaseScenarios });
  showcase = await prepareShowcase(stage.server);
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

describe.each([
  { size: { width: 1280, height: 860 }, phone: false, all: views },
  { size: { width: 390, height: 844 }, phone: true, all: [...views, ...phoneViews] },
])('at $size.width pixels', ({ size, phone, all }) => {
  /** One page for all views, because navigating is faster than opening a page. */
  let shared: Page | undefined;
  afterAll(() => shared?.context().close());

  test.each(all)(
    '$name: axe finds nothing, light or dark, nothing to press is too small, nothing scrolls sideways',
    async (view) => {
      const { path, settle, signedIn = true } = view;
      const page = signedIn
        ? (shared ??= await stage.open({ phone, keep: true }))
        : await stage.open({ phone, signedIn });
      // The previous view may have enlarged the window.
      await page.setViewportSize(size);
      await page.goto(path(showcase));
      await settle(page);
      expect(await findOverflow(page)).toBe(0);
      expect(phone ? await findSmallTargets(page) : []).toEqual([]);
      expect(await findViolations(page)).toEqual([]);
    },
  );
});

// Runs after the views, because it answers the approval that they show.
test('on a phone sessions are in a drawer, and an approval is answered by touch', async () => {
  const page = await stage.open({ phone: true });
  const chat = chatOf(page);
  await page.getByRole('button', { name: 'Open the list of sessions' }).tap();
  const drawer = page.getByRole('dialog', { name: 'Sessions' });
  await drawer.getByRole('link', { name: /Clean up/ }).tap();
  await drawer.waitFor({ state: 'detached' });
  await waitPastStrayPresses(chat.approval);
  await chat.approval.getByRole('button', { name: 'Deny', exact: true }).tap();
  await chat.approval.waitFor({ state: 'detached' });
  await chat.find('Done.').waitFor();
});
