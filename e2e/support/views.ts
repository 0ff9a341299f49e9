import { until } from '@claude-sdk-pattern/testkit';
import type { Page } from 'playwright-core';

import { chatOf } from './chat.ts';
import type { Showcase } from './showcase.ts';

/** A view of the app with the state and window in which it is checked. */
export interface View {
  name: string;
  path: (showcase: Showcase) => string;
  /** Resolves when the view is completely loaded. */
  settle: (page: Page) => Promise<void>;
  signedIn?: boolean;
}

const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor();
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name }).waitFor();

export const views: readonly View[] = [
  {
    name: 'sign-in',
    path: () => '/',
    signedIn: false,
    settle: (page) => page.getByRole('textbox', { name: 'API key' }).waitFor(),
  },
  { name: 'home', path: () => '/', settle: (page) => heading(page, 'What shall we work on?') },
  {
    name: 'session',
    path: ({ work }) => `/sessions/${work}`,
    settle: (page) => chatOf(page).find('Existing callers').waitFor(),
  },
  {
    name: 'every tool card open',
    path: ({ tools }) => `/sessions/${tools}`,
    async settle(page) {
      // The whole conversation is on screen, and so all of its rows are rendered.
      await page.setViewportSize({ width: page.viewportSize()?.width ?? 0, height: 5000 });
      await chatOf(page).find('You are welcome.').waitFor();
      await expandAll(page);
    },
  },
  {
    name: 'approval',
    path: ({ approval }) => `/sessions/${approval}`,
    settle: (page) => chatOf(page).approval.getByText('npm run build').first().waitFor(),
  },
  {
    name: 'question',
    path: ({ question }) => `/sessions/${question}`,
    settle: (page) => chatOf(page).approval.getByText('Where shall the service run?').waitFor(),
  },
  {
    name: 'working, with a message that waits',
    path: ({ running }) => `/sessions/${running}`,
    async settle(page) {
      await chatOf(page).find('asks for what came after').waitFor();
      await page.getByRole('article', { name: 'Queued' }).waitFor();
    },
  },
  {
    name: 'approvals inbox',
    path: () => '/approvals',
    settle: (page) =>
      page
        .getByRole('main')
        .getByRole('group', { name: /Clean up/ })
        .getByRole('button', { name: 'Deny', exact: true })
        .waitFor(),
  },
  {
    name: 'archived sessions',
    path: () => '/archived',
    settle: (page) => page.getByText('No archived sessions.').waitFor(),
  },
  {
    name: 'schedules',
    path: () => '/schedules',
    async settle(page) {
      await page.getByRole('button', { name: 'History of Daily report' }).click();
      await page.getByText('By hand').waitFor();
      await page.getByRole('button', { name: 'New schedule' }).click();
      await dialog(page, 'New schedule');
      await page.getByText('The next five times').waitFor();
    },
  },
  { name: 'settings', path: () => '/settings', settle: (page) => heading(page, 'Settings') },
  { name: 'unknown page', path: () => '/nowhere', settle: (page) => page.getByText('Page not found').waitFor() },
  {
    name: 'palette',
    path: () => '/settings',
    async settle(page) {
      await heading(page, 'Settings');
      await page.keyboard.press('Control+k');
      await dialog(page, 'Search and commands');
    },
  },
  {
    name: 'shortcuts',
    path: () => '/settings',
    async settle(page) {
      await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
      await dialog(page, 'Keyboard shortcuts');
    },
  },
  {
    name: 'confirmation of never asking',
    path: ({ work }) => `/sessions/${work}`,
    async settle(page) {
      await page.getByRole('button', { name: /Permission mode/ }).click();
      await page.getByRole('menuitemradio', { name: /Never ask/ }).click();
      await dialog(page, 'Never ask for approval?');
    },
  },
];

/** Views that exist only on a phone. */
export const phoneViews: readonly View[] = [
  {
    name: 'drawer',
    path: ({ work }) => `/sessions/${work}`,
    async settle(page) {
      await page.getByRole('button', { name: 'Open the list of sessions' }).click();
      await page
        .getByRole('dialog', { name: 'Sessions' })
        .getByRole('link', { name: /Clean up/ })
        .waitFor();
    },
  },
];

/** Opens every disclosure in the conversation, including those that appear inside opened ones. */
async function expandAll(page: Page): Promise<void> {
  await until('all is open', () =>
    page.evaluate<boolean>(`(() => {
      const closed = [...document.querySelectorAll('[data-transcript] button[aria-expanded=false]:not([aria-haspopup])')];
      for (const button of closed) button.click();
      return closed.length === 0;
    })()`),
  );
}
