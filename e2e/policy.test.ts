import { afterAll, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { openStage, type Stage } from './support/stage.ts';
import { findSmallTargets } from './support/targets.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ scenarios: [] });
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('an administrator adds rules by keyboard, mends one that is refused, and tests a call', async () => {
  const page = await stage.open();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'Policy' }).click();
  await page.getByText('No rules:').waitFor();
  const add = page.getByRole('button', { name: 'Add a rule' });
  await add.press('Enter');
  await page.getByRole('textbox', { name: 'Rule 1: Rule' }).fill('Bash(git *');
  await page.getByRole('combobox', { name: 'Rule 1: Effect' }).selectOption('Allow');
  await add.press('Enter');
  await page.getByRole('textbox', { name: 'Rule 2: Rule' }).fill('Bash(rm *)');
  await page.getByRole('combobox', { name: 'Rule 2: Effect' }).selectOption('Deny');
  await page.getByRole('textbox', { name: 'Rule 2: Reason' }).fill('Nothing is deleted here');
  await page.getByRole('button', { name: 'Save' }).press('Enter');
  await page.getByRole('listitem').filter({ hasText: 'Rule 1: Write ' }).waitFor();
  // The field that is wrong has the focus, and says why.
  expect(await page.locator('input:focus').getAttribute('aria-label')).toBe('Rule 1: Rule');
  expect(await page.locator('input:focus').getAttribute('aria-invalid')).toBe('true');
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('End');
  await page.keyboard.type(')');
  await page.getByText('Rule 1: Write ').waitFor({ state: 'detached' });
  await add.press('Enter');
  await page.getByRole('textbox', { name: 'Rule 3: Rule' }).fill('Bash(npm publish *)');
  await page.getByRole('checkbox', { name: 'Rule 3: Needs a second person' }).press('Space');
  await page.getByRole('combobox', { name: 'Rule 3: Question expires' }).selectOption('After an hour');
  await page.getByRole('textbox', { name: 'Command, path or URL' }).fill('npm publish --tag next');
  await page.getByRole('button', { name: 'Test', exact: true }).press('Enter');
  await page.getByRole('status').getByText('A second person has to allow it. Expires after an hour.').waitFor();

  await page.getByRole('textbox', { name: 'Command, path or URL' }).fill('git status && rm x');
  await page.getByRole('button', { name: 'Test', exact: true }).press('Enter');
  await page.getByRole('status').getByText('Denied').waitFor();
  await page.getByText('Rule of the platform: Bash(rm *)').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByText('Never changed').waitFor();

  // Nothing is saved yet: leaving asks, in the app and by the browser.
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('dialog', { name: 'Leave without saving?' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  const asked = page.waitForEvent('dialog');
  const reloading = page.evaluate('location.reload()');
  expect((await asked).type()).toBe('beforeunload');
  await (await asked).dismiss();
  await reloading;
  await page.evaluate('history.back()');
  await page.getByRole('button', { name: 'Cancel' }).press('Enter');
  await page.getByRole('button', { name: 'Save' }).press('Enter');
  await page.getByText('Version 1').waitFor();

  await page.getByRole('button', { name: 'Remove the rule Bash(git *)' }).press('Enter');
  await page.getByRole('button', { name: 'Discard changes' }).press('Enter');
  await page.getByRole('textbox', { name: 'Rule 2: Rule' }).waitFor();
  await page.getByRole('button', { name: 'Remove the rule Bash(git *)' }).press('Enter');
  await page.getByRole('link', { name: 'Audit' }).click();
  await page.getByRole('button', { name: 'Leave without saving' }).press('Enter');
  await page.getByRole('heading', { name: 'Audit' }).waitFor();
  // The server's refusal of the first attempt.
  expect(stage.takeProblems().filter((problem) => !problem.includes('400'))).toEqual([]);
  await page.context().close();
});

test('axe finds nothing in the policy on a phone, and the page does not scroll sideways', async () => {
  const page = await stage.open({ path: '/operate/policy', phone: true });
  await page.getByRole('list', { name: 'Rules' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(await findSmallTargets(page)).toEqual([]);
  expect(await findOverflow(page)).toBe(0);
});
