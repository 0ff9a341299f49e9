import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf } from './support/chat.ts';
import { findSignInLink, makeSignInLink } from './support/sign-in-link.ts';
import { openStage, type Stage } from './support/stage.ts';

let keyed: Stage;
let linked: Stage;

beforeAll(async () => {
  keyed = await openStage({ scenarios: [] });
  linked = await openStage({
    environment: {
      CLAUDE_SDK_PATTERN_BOOTSTRAP_API_KEY: '',
      CLAUDE_SDK_PATTERN_PASSWORD_SIGN_IN: 'off',
      // Nobody listens there.
      CLAUDE_SDK_PATTERN_OIDC_ISSUER: 'http://127.0.0.1:1',
      CLAUDE_SDK_PATTERN_OIDC_CLIENT_ID: 'csp',
      CLAUDE_SDK_PATTERN_OIDC_NAME: 'Example ID',
    },
  });
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
  await page.getByRole('alert').getByText('The sign-in was refused.').waitFor();
  expect(await field.inputValue(), 'what was typed is still there to be mended').toBe('csp_wrong');
  await page.getByText('Email', { exact: true }).click();
  expect(await page.getByRole('alert').count(), 'the refusal was of the other way').toBe(0);
  await page.getByText('API key', { exact: true }).click();

  await field.fill(keyed.server.apiKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  expect(page.url()).not.toContain(keyed.server.apiKey);
  expect(keyed.takeProblems()).toEqual([]);
});

test('signing in leads to the page that was requested before', async () => {
  const page = await keyed.open({ path: '/settings', signedIn: false });
  await page.getByRole('textbox', { name: 'API key' }).fill(keyed.server.apiKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
});

test('single sign-on stands above the other ways, and says why it does not work', async () => {
  const page = await linked.open({ path: '/sessions', signedIn: false, phone: true });
  const leave = page.getByRole('link', { name: 'Continue with Example ID' });
  expect(new URL((await leave.getAttribute('href')) ?? '', page.url()).searchParams.get('return_to')).toBe('/sessions');
  await leave.press('Enter');
  await page.getByRole('alert').getByText('Your sign-in provider does not answer').waitFor();
  expect(page.url()).toBe(`${linked.server.url}/sign-in`);
  const described = page.locator(`[id="${await leave.getAttribute('aria-describedby')}"]`);
  await described.getByText('Try again in a minute').waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(await findOverflow(page)).toBe(0);
  await page.reload();
  await leave.waitFor();
  expect(await page.getByRole('alert').count(), 'told once').toBe(0);
  expect(await page.getByRole('textbox').count(), 'passwords are off').toBe(0);
});

test('signing out ends it', async () => {
  const page = await openSignedIn('/settings');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('textbox', { name: 'API key' }).waitFor();
  await page.goto('/');
  await page.getByRole('textbox', { name: 'API key' }).waitFor();
});

test('signing out in one tab signs out all, says so, and keeps what was typed', async () => {
  const typing = await openSignedIn('/');
  await chatOf(typing).composer.fill('half a thought');
  const elsewhere = await keyed.open({ path: '/settings', beside: typing });
  await elsewhere.getByRole('button', { name: 'Sign out' }).click();
  await elsewhere.getByRole('textbox', { name: 'API key' }).waitFor();

  await typing.getByRole('alert').getByText('You were signed out.').waitFor();
  expect(await chatOf(typing).composer.count()).toBe(0);
  expect(await elsewhere.getByText('You were signed out.').count(), 'who signed out knows').toBe(0);

  // Signing in returns every tab to the page where it was.
  await elsewhere.getByRole('textbox', { name: 'API key' }).fill(keyed.server.apiKey);
  await elsewhere.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(() => chatOf(typing).composer.inputValue()).toBe('half a thought');
  expect(keyed.takeProblems()).toEqual([]);
});

test('the next person to sign in in the same browser sees no drafts of the previous one, who finds them again', async () => {
  const page = await openSignedIn('/');
  const { composer } = chatOf(page);
  await composer.fill('for my eyes only');
  await createUser(page, { email: 'next@example.com', password: 'a long enough password', name: 'Next', role: 'user' });
  const signOut = async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('group', { name: 'Sign in' }).waitFor();
    await page.goto('/');
  };
  await signOut();
  expect(await page.getByRole('radio', { name: 'API key' }).isChecked(), 'the way of the last time').toBe(true);
  await page.getByText('Email', { exact: true }).click();
  await page.getByRole('textbox', { name: 'Email' }).fill('next@example.com');
  await page.getByLabel('Password').fill('a long enough password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Next', { exact: true }).waitFor();
  expect(await composer.inputValue()).toBe('');
  await composer.fill('and this is mine');

  await signOut();
  await page.getByRole('textbox', { name: 'Email' }).waitFor();
  await page.getByText('API key', { exact: true }).click();
  await page.getByRole('textbox', { name: 'API key' }).fill(keyed.server.apiKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect.poll(() => composer.inputValue()).toBe('for my eyes only');
  expect(keyed.takeProblems()).toEqual([]);
});

test('a request that is refused because nobody is signed in any more says so', async () => {
  const page = await keyed.open();
  await chatOf(page).composer.waitFor();
  // A request of the page itself would find out first.
  await page.waitForLoadState('networkidle');
  await page.context().clearCookies();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByRole('alert').getByText('You were signed out.').waitFor();
});

test('a sign-out that fails because the server is down says that the person is still signed in', async () => {
  const page = await keyed.open({ path: '/settings' });
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('main').getByRole('alert').getByText('You are still signed in.').waitFor();
});

test('a passkey is added, signs in by the button and among the suggestions, and ends its sign-ins when it is removed', async () => {
  const ada = await keyed.addPerson('Ada');
  // Browsers allow passkeys at a name, not at an address.
  const origin = keyed.server.url.replace('127.0.0.1', 'localhost');
  const page = await keyed.open({ path: `${origin}/settings`, signedIn: false });
  const authenticator = await addAuthenticator(page);
  await page.getByRole('textbox', { name: 'Email' }).fill(ada.email);
  await page.getByLabel('Password').fill('correct horse battery');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a passkey' });
  await dialog.getByLabel('Name').fill('my key');
  await dialog.getByLabel('Current password').fill('wrong');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await dialog.getByRole('alert').getByText('The current password is wrong.').waitFor();
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByLabel('Current password').fill('correct horse battery');
  await dialog.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Rename my key' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('red key');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('listitem').filter({ hasText: 'red key' }).getByText('never used').waitFor();

  const button = page.getByRole('button', { name: 'Sign in with a passkey' });
  const signOut = page.getByRole('button', { name: 'Sign out', exact: true });
  await authenticator.setPresent(false);
  await signOut.click();
  await button.waitFor();
  expect(await findViolations(page)).toEqual([]);
  await authenticator.setPresent(true);
  // The page asks for the suggestions when it opens, and this authenticator picks the one that there is.
  await page.reload();
  await signOut.waitFor();
  await authenticator.setPresent(false);
  await signOut.click();
  await button.waitFor();
  expect(await page.evaluate<string>('document.activeElement.textContent'), 'the way of the last time').toBe(
    'Sign in with a passkey',
  );
  await authenticator.setPresent(true);
  await button.press('Enter');
  await page.getByRole('listitem').filter({ hasText: 'red key' }).getByText('last used now').waitFor();

  await page.getByRole('button', { name: 'Remove red key' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('alert').getByText('You were signed out.').waitFor();
  await page.getByRole('textbox', { name: 'Email' }).waitFor();
  expect(await button.count(), 'nobody has a passkey any more').toBe(0);
  const elsewhere = await keyed.open({ path: '/settings', as: ada });
  await elsewhere.getByText('Passkeys work only at').waitFor();
  expect(keyed.takeProblems()).toEqual([]);
});

test('a one-time link signs in once, in a demo that says what it is', async () => {
  const link = findSignInLink(linked.server.logs);
  const page = await linked.open({ path: link, signedIn: false });
  await page.getByText('a scripted model answers, not Claude').waitFor();
  expect(page.url()).toBe(`${linked.server.url}/`);
  const chat = chatOf(page);
  await chat.say('hello');
  await chat.find('offline demo model').waitFor({ timeout: 30_000 });

  const invitation = await createUser(page, { email: 'ivy@example.com', name: 'Ivy' }, linked);
  const guest = await linked.open({ path: invitation ?? '', signedIn: false, phone: true });
  await guest.getByText('Sign in there as ivy@example.com.').waitFor();
  await guest.getByRole('button', { name: 'Continue with Example ID' }).click();
  await guest.getByRole('alert').getByText('The sign-in provider does not answer.').waitFor();
  await guest.getByRole('link', { name: linked.server.url.replace('127.0.0.1', 'localhost') }).waitFor();
  expect(await guest.getByLabel('Password').count()).toBe(0);
  expect(await findViolations(guest)).toEqual([]);
  expect(await findOverflow(guest)).toBe(0);

  const again = await linked.open({ path: link, beside: page });
  await again.getByText('You are already signed in.').waitFor();
  expect(await again.getByRole('alert').count()).toBe(0);
  await again.getByRole('button', { name: 'Continue' }).click();
  await again.getByRole('heading', { name: 'What shall we work on?' }).waitFor();

  const second = await linked.open({ path: link, signedIn: false });
  await second.getByRole('alert').getByText('This sign-in link was already used or has expired.').waitFor();
  await second.getByRole('alert').getByText('npm run csp -- sign-in-link').waitFor();
  await second.getByRole('button', { name: 'Use an API key' }).click();
  await second.getByRole('textbox', { name: 'API key' }).fill('csp_wrong');
  await second.keyboard.press('Enter');
  await second.getByRole('alert').getByText('The sign-in was refused.').waitFor();

  // A new link in the same tab changes only the hash, so the browser loads nothing.
  await second.goto(await makeSignInLink(linked.server));
  await second.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  expect(linked.takeProblems()).toEqual([]);
});

/** Signs in again, because a sign-out ends the sign-in for all tests that share it. */
async function openSignedIn(path: string): Promise<Page> {
  const page = await keyed.open({ path, signedIn: false });
  await page.getByRole('group', { name: 'Sign in' }).getByText('API key').click();
  await page.getByRole('textbox', { name: 'API key' }).fill(keyed.server.apiKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
  return page;
}

/** Adds a user as the person who is signed in on the page. Answers the link, if the user has an invitation. */
async function createUser(page: Page, data: Record<string, string>, { server } = keyed): Promise<string | undefined> {
  const headers = { origin: server.url };
  const response = await page.request.post(`${server.url}/api/v1/users`, { data, headers });
  expect(response.ok(), await response.text()).toBe(true);
  return ((await response.json()) as { invitation?: { url: string } }).invitation?.url;
}

/** Gives the page's browser an authenticator that keeps passkeys, and whose person is there, or not. */
async function addAuthenticator(page: Page): Promise<{ setPresent: (enabled: boolean) => Promise<void> }> {
  const browser = await page.context().newCDPSession(page);
  await browser.send('WebAuthn.enable');
  const { authenticatorId } = await browser.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', automaticPresenceSimulation: true },
      ...{ hasResidentKey: true, hasUserVerification: true, isUserVerified: true },
    },
  });
  return {
    setPresent: async (enabled) => {
      await browser.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
    },
  };
}
