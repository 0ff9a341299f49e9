import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { prepareShowcase, showcaseScenarios, type Showcase } from './support/showcase.ts';
import { openStage, type Stage } from './support/stage.ts';

const LEAST_TARGET_PX = 44;

let stage: Stage;
let showcase: Showcase;

beforeAll(async () => {
  stage = await openStage({ scenarios: showcaseScenarios });
  showcase = await prepareShowcase(stage.server);
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('on a phone sessions are in a drawer, and an approval is answered by thumb', async () => {
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

test.each(['/', 'work', 'question', '/settings'] as const)(
  'on a phone every target of %s is 44 pixels high',
  async (where) => {
    const page = await stage.open({
      phone: true,
      path: where.startsWith('/') ? where : `/sessions/${showcase[where as keyof Showcase]}`,
    });
    await page.getByRole('main').getByRole('button').first().waitFor();
    if (!where.startsWith('/')) await chatOf(page).status.waitFor();
    expect(await findSmallTargets(page)).toEqual([]);
  },
);

/** Buttons and links on screen that are lower than a thumb; links inside a text may be as high as its line. */
function findSmallTargets(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('button, a, [role=radio], [role=switch]')]
    .filter((one) => one.checkVisibility() && one.closest('.prose') === null && getComputedStyle(one).position !== 'fixed')
    .map((one) => ({ name: one.getAttribute('aria-label') ?? one.textContent, height: one.getBoundingClientRect().height }))
    .filter(({ height }) => height < ${LEAST_TARGET_PX})
    .map(({ name, height }) => name.trim() + ' ' + height)`);
}
