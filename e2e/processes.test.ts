import { say } from '@claude-sdk-pattern/scripted-model';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf } from './support/chat.ts';
import { driveSession } from './support/drive-session.ts';
import { seedUsage } from './support/seed-usage.ts';
import { openStage, type Stage } from './support/stage.ts';
import { findSmallTargets } from './support/targets.ts';

const TITLE = 'Say hello to everybody';

let stage: Stage;
let sessionId: string;

beforeAll(async () => {
  stage = await openStage({ scenarios: [{ match: { userText: 'hello' }, reply: [say('Hello.')] }] });
  sessionId = await driveSession(stage.server, { title: TITLE, messages: ['hello'] });
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

const cards = (page: Page) => page.getByRole('main').getByRole('listitem');

/** The page with a memory graph, which needs two measurements by the server. */
async function openProcesses(options: { phone: boolean }): Promise<Page> {
  const page = await stage.open({ path: '/operate/processes', ...options });
  await cards(page)
    .filter({ hasText: TITLE })
    .getByRole('img', { name: /between .* MB and/ })
    .waitFor();
  return page;
}

test.each([{ phone: false }, { phone: true }])(
  'axe finds nothing among the processes, light or dark, and the page does not scroll sideways (phone: $phone)',
  async ({ phone }) => {
    const page = await openProcesses({ phone });
    await cards(page)
      .filter({ hasText: TITLE })
      .getByText(/\d+ processes/)
      .click();
    expect(await findViolations(page)).toEqual([]);
    expect(phone ? await findSmallTargets(page) : []).toEqual([]);
    expect(await findOverflow(page)).toBe(0);
    await page.context().close();
  },
);

test('the memory of all processes adds up to what the page says', async () => {
  const page = await openProcesses({ phone: false });
  // Reads both in one step, because the list is refreshed all the time.
  const text = await page.getByRole('main').innerText();
  const all = Number(/(\d+) MB in all/.exec(text)?.[1]);
  const each = [...text.matchAll(/^(\d+) MB$/gm)].map(([, mb]) => Number(mb));
  expect(each.length).toBeGreaterThan(0);
  expect(each.reduce((sum, mb) => sum + mb, 0)).toBe(all);
  await page.context().close();
});

test('an operator finds the page, and puts a session to sleep after confirming it', async () => {
  const page = await stage.open();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Processes' }).click();
  const card = cards(page).filter({ hasText: TITLE });
  await card.getByRole('button', { name: `Hibernate: ${TITLE}` }).click();
  const dialog = page.getByRole('dialog', { name: 'Put this session to sleep?' });
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect(await card.count()).toBe(1);

  await card.getByRole('button', { name: `Hibernate: ${TITLE}` }).click();
  await dialog.getByRole('button', { name: 'Hibernate' }).click();
  await card.waitFor({ state: 'detached' });
  expect(stage.takeProblems()).toEqual([]);
});

test('an operator watches the overview, stops one person and lifts it, and sets a budget', async () => {
  const anna = await stage.addPerson('Olga');
  const hers = await stage.open({ as: anna });
  const page = await stage.open();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByText('Nothing needs you').waitFor();
  expect(await findViolations(page)).toEqual([]);

  await page.getByRole('button', { name: 'Stop work…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Stop work' });
  await dialog.getByRole('radio', { name: 'A person' }).press('Space');
  await dialog.getByLabel('Person', { exact: true }).selectOption(anna.id);
  await dialog.getByText('This person can begin no new turn.').waitFor();
  await dialog.getByLabel('Why').fill('A loop');
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Stop this person’s agents' }).click();
  await page.getByText('The agents of Olga are stopped').waitFor();
  await page.getByText('Nothing else needs you').waitFor();
  await hers.getByText(/^An operator stopped your agents at .*: A loop\. New messages are refused/).waitFor();
  await chatOf(hers).composer.fill('hello');
  await chatOf(hers).composer.press('Enter');
  await hers.getByText('An operator has stopped the agents of this account: A loop.').waitFor();
  await page.getByRole('button', { name: 'Lift: The agents of Olga are stopped' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Lift' }).click();
  await hers.getByText('New messages are refused').waitFor({ state: 'detached' });

  await page.getByRole('link', { name: 'Set a budget' }).click();
  await page.getByRole('button', { name: 'Add a budget' }).click();
  await page.getByLabel('Limit in US dollars').fill('12.50');
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText(/of \$12\.50 this month/).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('link', { name: 'Server settings' }).click();
  await page.getByRole('searchbox', { name: 'Search settings' }).fill('bootstrap key');
  await page.getByText('set, not shown').waitFor();
  expect(await findViolations(page)).toEqual([]);
});

test('somebody makes a schedule, runs and pauses it, and opens its webhook, whose secret a sender can use', async () => {
  const page = await stage.open({ path: '/schedules', phone: true });
  const main = page.getByRole('main');
  await page.getByRole('button', { name: 'New schedule' }).click();
  const form = page.getByRole('dialog', { name: 'New schedule' });
  await form.getByLabel('Name').fill('Greeting');
  await form.getByLabel('What shall the agent do?').fill('Say hello');
  await form.getByLabel('When').selectOption('Only by hand or by webhook');
  await form.getByRole('button', { name: 'Create' }).click();

  await main.getByRole('button', { name: 'Run now: Greeting' }).click();
  await main.getByRole('button', { name: 'History of Greeting' }).click();
  await main.getByRole('link', { name: 'Open the session' }).waitFor();
  await main.getByRole('button', { name: 'Pause: Greeting' }).click();
  await main.getByText('Paused', { exact: true }).waitFor();
  await main.getByRole('button', { name: 'Turn on: Greeting' }).click();

  await main.getByRole('button', { name: 'More for Greeting' }).click();
  await page.getByRole('menuitem', { name: 'Webhook…' }).click();
  const webhook = page.getByRole('dialog', { name: 'Webhook of Greeting' });
  await webhook.getByRole('radio', { name: /Secret in a header/ }).check();
  expect(await findViolations(page)).toEqual([]);
  expect(await findSmallTargets(page)).toEqual([]);
  await webhook.getByRole('button', { name: 'Open the webhook' }).click();
  await webhook.getByText('The secret is shown only now.').waitFor();
  expect(await findViolations(page)).toEqual([]);
  const [url, secret] = await webhook.locator('div > code').allInnerTexts();
  const delivered = await fetch(url ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
    body: '{"action":"opened"}',
  });
  expect(delivered.status).toBe(202);
  // Nobody loses the secret by a stray press.
  await page.keyboard.press('Escape');
  await page.getByRole('dialog', { name: 'Leave without the secret?' }).getByRole('button', { name: 'Cancel' }).click();
  await webhook.getByRole('button', { name: 'Done' }).click();
  await main.getByText('Webhook', { exact: true }).waitFor();
  await page.context().close();
});

test('people see what their calls have cost, also of those without a price, and operators what all have', async () => {
  const me = (await (await stage.server.fetch('/api/v1/account')).json()) as { id: string };
  const anna = await stage.addPerson('Anna');
  const at = Date.now() - 24 * 3_600_000;
  await seedUsage(stage.server, [
    { at, ownerId: me.id, sessionId, model: 'our-model', costMicroUsd: null },
    { at, ownerId: anna.id, model: 'claude-opus', costMicroUsd: 2_000_000 },
  ]);
  const page = await stage.open();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Usage' }).click();
  await page.getByText(/^1 of \d+ calls has no price\. It is not free/).waitFor();
  const choose = (name: string) => page.getByRole('radio', { name }).press('Space');
  await choose('Session');
  const link = page.getByRole('rowheader').getByRole('link', { name: TITLE });
  expect(await link.getAttribute('href')).toBe(`/sessions/${sessionId}`);

  await choose('Everybody');
  await choose('Person');
  await page.getByRole('row', { name: /^Anna .*\$2\.00/ }).waitFor();
  const chart = page.getByRole('slider', { name: /^Cost by day/ });
  await chart.press('ArrowLeft');
  expect(await chart.getAttribute('aria-valuetext')).toMatch(/: \$2\.00, 2 calls, 1 without a price, Anna \$2\.00$/);
  await page.getByText('Show as a table').click();
  await page
    .getByRole('table')
    .first()
    .getByRole('row', { name: /\$2\.00/ })
    .waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Download' }).click();
  const downloading = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'By person (CSV)' }).click();
  expect((await downloading).suggestedFilename()).toBe('usage-by-user.csv');

  await page.setViewportSize({ width: 390, height: 844 });
  expect(await findOverflow(page)).toBe(0);
  await page.getByRole('link', { name: 'Anna' }).click();
  await page.waitForURL('**/usage?of=all&person=*');
  await page.getByRole('button', { name: 'Show not only Anna' }).waitFor();
  await page.goto('/usage?range=own&from=2020-01-01&to=2020-01-02');
  await page.getByText('No calls in this time').waitFor();
  expect(stage.takeProblems()).toEqual([]);
});
