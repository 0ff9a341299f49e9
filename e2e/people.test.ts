import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { openStage, type Stage } from './support/stage.ts';
import { findSmallTargets } from './support/targets.ts';

const PASSWORD = 'a long enough password';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ scenarios: [] });
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

const rowOf = (page: Page, name: string) => page.getByRole('main').getByRole('listitem').filter({ hasText: name });

async function check(page: Page): Promise<void> {
  expect(await findViolations(page)).toEqual([]);
  expect(await findOverflow(page)).toBe(0);
}

/** Adds a person, and answers their link. */
async function invite(page: Page, name: string): Promise<string> {
  await page.getByRole('button', { name: 'Add a person' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a person' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('Email').fill(`${name.toLowerCase()}@example.com`);
  await check(page);
  await dialog.getByRole('button', { name: 'Make the account' }).click();
  const made = page.getByRole('dialog', { name: `A link for ${name}` });
  const link = await made.locator('code').innerText();
  await check(page);
  await made.getByRole('button', { name: 'Done' }).click();
  return link;
}

test('an administrator invites a person, who chooses a password, gets a role, is locked and is deleted', async () => {
  const page = await stage.open({ path: '/' });
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('link', { name: 'People' }).click();
  await rowOf(page, 'Administrator').getByText('(you)').waitFor();
  const link = await invite(page, 'Ada');
  await rowOf(page, 'Ada').getByText('Invited, until').waitFor();

  const guest = await stage.open({ path: link, signedIn: false, phone: true });
  await guest.getByLabel('Password').waitFor();
  await guest.reload();
  await guest.getByLabel('Password').fill(PASSWORD);
  expect(guest.url()).toBe(`${stage.server.url}/invite`);
  await check(guest);
  expect(await findSmallTargets(guest)).toEqual([]);
  await guest.getByLabel('Your name').fill('Ada L.');
  await guest.getByRole('button', { name: 'Set password and sign in' }).click();
  await guest.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  const late = await stage.open({ path: link, signedIn: false });
  await late.getByRole('alert').getByText('This link no longer works').waitFor();

  await page.reload();
  await rowOf(page, 'Ada L.').getByRole('combobox', { name: 'Role of Ada L.' }).selectOption('Operator');
  await page.getByRole('dialog').getByRole('button', { name: 'Change role' }).click();
  await expect
    .poll(() => page.getByRole('combobox', { name: 'Role of Ada L.' }).inputValue(), { timeout: 10_000 })
    .toBe('operator');
  await check(page);

  const act = async (action: string) => {
    await page.getByRole('button', { name: 'Actions on Ada L.' }).press('Enter');
    await page.getByRole('menuitem', { name: action }).click();
  };
  await act('Change name or email');
  const changing = page.getByRole('dialog', { name: 'Change name or email of Ada L.' });
  await changing.getByLabel('Email').fill('ada.l@example.com');
  await check(page);
  await changing.getByRole('button', { name: 'Save' }).click();
  await rowOf(page, 'Ada L.').getByText('ada.l@example.com').waitFor();
  await act('Lock');
  await page.getByRole('dialog').getByRole('button', { name: 'Lock' }).click();
  await rowOf(page, 'Ada L.').getByText('Locked', { exact: true }).waitFor();
  await guest.getByRole('alert').getByText('Your account is locked').waitFor();
  expect(await guest.getByText('Sign in again').count()).toBe(0);
  await guest.getByRole('textbox', { name: 'Email' }).fill('ada.l@example.com');
  await guest.getByLabel('Password').fill(PASSWORD);
  await guest.getByRole('button', { name: 'Sign in' }).click();
  await guest.getByRole('alert').getByText('This account is locked. Ask an administrator to unlock it.').waitFor();
  await act('Delete');
  const dialog = page.getByRole('dialog', { name: 'Delete Ada L.?' });
  expect(await dialog.getByRole('radio', { checked: true }).count(), 'nothing is chosen for the person').toBe(0);
  expect(await dialog.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
  await dialog
    .getByLabel('Who takes them over')
    .selectOption({ label: 'Administrator (administrator@localhost.localdomain)' });
  await check(page);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect.poll(() => rowOf(page, 'Ada L.').count()).toBe(0);
  await guest.reload();
  await guest.getByRole('alert').getByText('Your account was removed').waitFor();
  // The last administrator stays, and is told so beforehand.
  await expect.poll(() => page.getByRole('combobox', { name: 'Role of Administrator' }).isDisabled()).toBe(true);
  await rowOf(page, 'Administrator').getByText('The only administrator.').waitFor();
});

test('a key that only reads and ends is made, a password is set, and another browser is signed out, on a phone', async () => {
  const page = await stage.open({ path: '/settings', phone: true });
  const other = await stage.open({ path: '/sign-in', signedIn: false });
  await other.getByRole('textbox', { name: 'API key' }).fill(stage.server.apiKey);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByRole('heading', { name: 'What shall we work on?' }).waitFor();

  await page.getByLabel('Name of the key').fill('reader');
  await page.getByLabel('What it may do').selectOption('Only read');
  await page.getByLabel('It ends').selectOption('In 7 days');
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByText('Copy this key now.').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'reader' }).getByText('only reads').waitFor();
  await page.reload();
  await page.getByText('This browser').waitFor();
  await check(page);
  expect(await findSmallTargets(page)).toEqual([]);
  await page.getByRole('button', { name: 'Set email and password' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set email and password' });
  await dialog.getByLabel('Email').fill('admin@example.com');
  await dialog.getByLabel('Password').fill(PASSWORD);
  await check(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await other.getByRole('alert').getByText('You were signed out.').waitFor();
  await other.getByText('Email', { exact: true }).click();
  await other.getByRole('textbox', { name: 'Email' }).fill('admin@example.com');
  await other.getByLabel('Password').fill(PASSWORD);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await other.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  await page.getByRole('button', { name: 'Change name' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Grace');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('main').getByText('Grace').waitFor();
  await page.reload();
  await page.getByText('This browser').waitFor();
  await page
    .getByRole('button', { name: /^End: Chrome/ })
    .first()
    .click();
  await other.getByRole('alert').getByText('You were signed out.').waitFor();
});
