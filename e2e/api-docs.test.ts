import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { openStage, type Stage } from './support/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

/**
 * Opens every section, but only two requests in each group: all requests have the same structure, and axe would take a
 * minute for all of them.
 */
const UNFOLD_SOME = `
  for (const group of document.querySelectorAll('main > section'))
    for (const article of [...group.querySelectorAll('article')].slice(2)) article.remove();
  for (const each of document.querySelectorAll('details')) each.open = true;
`;

const open = (phone: boolean): Promise<Page> => stage.open({ path: '/api/docs', signedIn: false, phone });

test.each([
  { screen: 'desktop', phone: false },
  { screen: 'phone', phone: true },
])('on a $screen axe finds nothing, light or dark, and the page does not scroll sideways', async ({ phone }) => {
  const page = await open(phone);
  await page.evaluate(UNFOLD_SOME);
  expect(await findOverflow(page)).toBe(0);
  expect(await findViolations(page)).toEqual([]);
  expect(stage.takeProblems()).toEqual([]);
  await page.close();
});

test('leads by keyboard past the list of requests, and by a link to a request and on to its schema', async () => {
  const page = await open(false);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await page.getByRole('navigation').getByRole('link', { name: 'POST /v1/sessions', exact: true }).click();
  const request = page.getByRole('article', { name: 'POST /v1/sessions', exact: true });
  await request.getByRole('link', { name: 'Session', exact: true }).click();
  expect(new URL(page.url()).hash).toBe('#schema-Session');
  await page.close();
});
