import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { openStage, type Stage } from './support/stage.ts';
import { findSmallTargets } from './support/targets.ts';

/** More than a page of entries. */
const SESSIONS = 55;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ scenarios: [] });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' } };
  for (let number = 1; number <= SESSIONS; number += 1)
    await stage.server.fetch('/v1/sessions', { ...init, body: JSON.stringify({ title: `Session number ${number}` }) });
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

const entries = (page: Page) => page.getByRole('list', { name: 'Entries' }).getByRole('listitem');

test.each([{ phone: false }, { phone: true }])(
  'axe finds nothing in the audit log, light or dark, and the page does not scroll sideways (phone: $phone)',
  async ({ phone }) => {
    const page = await stage.open({ path: '/operate/audit', phone });
    await entries(page).first().getByRole('button').click();
    await page.getByRole('group', { name: /Details of entry/ }).waitFor();
    expect(await findViolations(page)).toEqual([]);
    expect(phone ? await findSmallTargets(page) : []).toEqual([]);
    expect(await findOverflow(page)).toBe(0);
    await page.context().close();
  },
);

test('an operator finds an entry by filters and by keyboard alone, pages to older ones and exports them', async () => {
  const page = await stage.open();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByText('50 entries shown').waitFor();
  await page.getByRole('button', { name: 'Show older entries' }).click();
  await page.getByText(/^(5[6-9]|[6-9]\d) entries shown$/).waitFor();

  await page.getByRole('combobox', { name: 'Action' }).selectOption('Session created');
  await page.getByRole('button', { name: 'Filter', exact: true }).press('Enter');
  await page.waitForURL('**/operate/audit?action=session.create');
  await entries(page).filter({ hasText: 'Sign-in' }).first().waitFor({ state: 'detached' });
  const first = entries(page).first().getByRole('button').first();
  await first.press('Enter');
  expect(await first.getAttribute('aria-expanded')).toBe('true');
  // What it was done to, and people by their name.
  await entries(page).first().getByText('· Session number 55').waitFor();
  await page.getByRole('button', { name: /^Show only user user_\w+ \(.+\)$/ }).waitFor();
  await page.getByRole('button', { name: /^Show only session sesn_/ }).press('Enter');
  await page.getByText('1 entry shown').waitFor();

  await page.getByRole('button', { name: 'Export' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Table (CSV)' }).click();
  expect((await downloading).suggestedFilename()).toBe('audit.csv');
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await page.getByText('50 entries shown').waitFor();
  expect(stage.takeProblems()).toEqual([]);
});
