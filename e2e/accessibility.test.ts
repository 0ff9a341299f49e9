import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { findViolations } from './support/axe.ts';
import { chatOf } from './support/chat.ts';
import { prepareShowcase, showcaseScenarios, type Showcase } from './support/showcase.ts';
import { openStage, type Stage } from './support/stage.ts';

let stage: Stage;
let showcase: Showcase;

beforeAll(async () => {
  stage = await openStage({ scenarios: showcaseScenarios });
  showcase = await prepareShowcase(stage.server);
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

interface View {
  name: string;
  path: () => string;
  /** Resolves when the view stands as it is meant to be looked at. */
  settle: (page: Page) => Promise<void>;
  signedIn?: boolean;
}

const openDialog = async (page: Page, name: string) => page.getByRole('dialog', { name }).waitFor();

const views: View[] = [
  {
    name: 'sign-in',
    path: () => '/',
    signedIn: false,
    settle: (page) => page.getByRole('textbox', { name: 'API key' }).waitFor(),
  },
  {
    name: 'home',
    path: () => '/',
    settle: (page) => page.getByRole('heading', { name: 'What shall we work on?' }).waitFor(),
  },
  {
    name: 'session with every tool card open',
    path: () => `/sessions/${showcase.tools}`,
    async settle(page) {
      // All of it is on screen, and so drawn.
      await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height: 5000 });
      await chatOf(page).find('You are welcome.').waitFor();
      await expandAll(page);
    },
  },
  {
    name: 'approval',
    path: () => `/sessions/${showcase.approval}`,
    settle: (page) => chatOf(page).approval.getByText('npm run build').first().waitFor(),
  },
  {
    name: 'question',
    path: () => `/sessions/${showcase.question}`,
    settle: (page) => chatOf(page).approval.getByText('Where shall the service run?').waitFor(),
  },
  {
    name: 'approvals inbox',
    path: () => '/approvals',
    settle: (page) => page.getByRole('link', { name: /Clean up.*Needs your approval/ }).waitFor(),
  },
  {
    name: 'settings',
    path: () => '/settings',
    settle: (page) => page.getByRole('heading', { name: 'Settings' }).waitFor(),
  },
  { name: 'unknown page', path: () => '/nowhere', settle: (page) => page.getByText('There is no such page').waitFor() },
  {
    name: 'palette',
    path: () => '/settings',
    async settle(page) {
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      await page.keyboard.press('Control+k');
      await openDialog(page, 'Search and commands');
    },
  },
  {
    name: 'shortcuts',
    path: () => '/settings',
    async settle(page) {
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
      await openDialog(page, 'Keyboard shortcuts');
    },
  },
  {
    name: 'confirmation of never asking',
    path: () => `/sessions/${showcase.work}`,
    async settle(page) {
      await page.getByRole('button', { name: /Permission mode/ }).click();
      await page.getByRole('menuitemradio', { name: /Never ask/ }).click();
      await openDialog(page, 'Never ask for approval?');
    },
  },
];

describe.each([
  { width: 1280, phone: false },
  { width: 390, phone: true },
])('at $width pixels', ({ phone }) => {
  /** Keeps the browser's profile, and with it its caches, from one view to the next. */
  let first: Page | undefined;

  test.each(views)('$name: axe finds nothing, light or dark, and the page does not scroll sideways', async (view) => {
    const { path, settle, signedIn = true } = view;
    if (signedIn) first ??= await stage.open({ phone });
    const page = await stage.open({ path: path(), signedIn, phone, ...(signedIn && first && { beside: first }) });
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

/** Opens everything in the conversation that can be opened, also what only appears by that. */
async function expandAll(page: Page): Promise<void> {
  const closed = chatOf(page).conversation.getByRole('button', { expanded: false });
  for (let left = await closed.count(); left > 0; left = await closed.count()) await closed.first().click();
}
