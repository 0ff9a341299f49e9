import { afterAll, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { findSignInLink } from './support/sign-in-link.ts';
import { openStage, type Stage } from './support/stage.ts';

let keyed: Stage;
let linked: Stage;

beforeAll(async () => {
  keyed = await openStage({ scenarios: [] });
  linked = await openStage({ environment: { CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: '' } });
});
afterAll(async () => {
  await keyed?.[Symbol.asyncDispose]();
  await linked?.[Symbol.asyncDispose]();
});

test('a wrong API key is refused in plain words, the right one lets in and stays in over a reload', async () => {
  const page = await keyed.open({ signedIn: false });
  const field = page.getByRole('textbox', { name: 'API key' });
  await field.fill('csp_wrong');
  await field.press('Enter');
  await page.getByRole('alert').getByText('That did not match.').waitFor();

  await field.fill(keyed.server.apiKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  expect(page.url()).not.toContain(keyed.server.apiKey);
  expect(keyed.takeProblems()).toEqual([]);
});

test('a page that was asked for before signing in is the page one gets', async () => {
  const page = await keyed.open({ path: '/settings', signedIn: false });
  await page.getByRole('textbox', { name: 'API key' }).fill(keyed.server.apiKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
});

test('signing out ends it', async () => {
  const page = await keyed.open({ path: '/settings' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('textbox', { name: 'API key' }).waitFor();
  await page.goto('/');
  await page.getByRole('textbox', { name: 'API key' }).waitFor();
});

test('a one-time link signs in once, in a demo that says what it is', async () => {
  const link = findSignInLink(linked.server.logs);
  const page = await linked.open({ path: link, signedIn: false });
  await page.getByText('a scripted model answers, not Claude').waitFor();
  expect(page.url()).toBe(`${linked.server.url}/`);
  const chat = chatOf(page);
  await chat.say('hello');
  await chat.find('offline demo model').waitFor({ timeout: 30_000 });

  const second = await linked.open({ path: link, signedIn: false });
  await second.getByRole('alert').getByText('This link was already used or has expired.').waitFor();
  await second.getByRole('alert').getByText('npm run csp -- sign-in-link').waitFor();
  const field = second.getByRole('textbox', { name: 'API key' });
  await field.fill('csp_wrong');
  await field.press('Enter');
  await second.getByRole('alert').getByText('That did not match.').waitFor();
  expect(await field.inputValue(), 'what was typed is still there to be mended').toBe('csp_wrong');
  await second.getByText('Email', { exact: true }).click();
  expect(await second.getByRole('alert').count(), 'the refusal was of the other way').toBe(0);
  expect(linked.takeProblems()).toEqual([]);
});
