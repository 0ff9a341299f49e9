import { say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';

import { findViolations } from './support/axe.ts';
import { chatOf, type Chat } from './support/chat.ts';
import { driveSession } from './support/drive-session.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const scenarios: Scenario[] = [{ reply: [({ userText }) => say(`Heard: ${userText}`)] }];
const files = { 'src/greet.js': '1\n', 'src/greet.test.js': '2\n', 'README.md': '# Hello\n', '.git/config': '' };

let stage: Stage;
const visit = sharePage(() => stage);
/**
 * The session that the tests share, while no test has failed. Each test leaves it as it found it, except for the
 * messages.
 */
let sharedId: string | undefined;

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

/**
 * Opens a session with files in its workspace, with the message box in focus. After a failed test it is a new session.
 */
async function openSession(options: { phone?: boolean } = {}): Promise<Chat> {
  sharedId ??= await createSession();
  onTestFinished(({ task }) => {
    if (task.result?.state === 'fail') sharedId = undefined;
  });
  const path = `/sessions/${sharedId}`;
  return focusComposer(options.phone === true ? await stage.open({ path, phone: true }) : await visit(path));
}

function createSession(): Promise<string> {
  return driveSession(stage.server, { messages: ['hello'], files, title: 'With files' });
}

async function focusComposer(page: Page): Promise<Chat> {
  const chat = chatOf(page);
  await chat.find('Heard: hello').waitFor();
  await chat.waitUntilReady();
  await chat.composer.fill('');
  await chat.composer.click();
  return chat;
}

const optionsOf = (page: Page) => page.getByRole('option');
const list = (page: Page, name: 'Commands' | 'Files') => page.getByRole('listbox', { name });

test('a slash lists commands, Enter takes the best match or the one that an arrow key reached, and after Escape sends', async () => {
  const chat = await openSession();
  const { page } = chat;
  await page.keyboard.type('/');
  await list(page, 'Commands').waitFor();
  await page.getByRole('option', { name: /^\/compact/ }).waitFor();
  expect(await chat.composer.getAttribute('aria-activedescendant')).toBeNull();

  await page.keyboard.type('compa');
  await expect.poll(() => optionsOf(page).count()).toBe(1);
  const active = await chat.composer.getAttribute('aria-activedescendant');
  expect(await page.locator(`#${active}`).getAttribute('aria-selected')).toBe('true');
  await page.keyboard.press('Enter');
  await list(page, 'Commands').waitFor({ state: 'detached' });
  expect(await chat.composer.inputValue()).toBe('/compact ');

  await chat.composer.fill('');
  await page.keyboard.type('/re');
  // For `/` alone, the list has other entries above this one.
  await page
    .locator('#composer-option-0[aria-selected="true"]')
    .and(page.getByRole('option', { name: /^\/rename/ }))
    .waitFor();
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => chat.composer.getAttribute('aria-activedescendant')).toBeNull();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await chat.find('Heard: /re').waitFor();
});

test('Enter takes the only file that was found, and a word that is part of a name alone runs nothing', async () => {
  const chat = await openSession();
  const { page } = chat;
  await page.keyboard.type('look at @READ');
  await page.getByRole('option', { name: 'README.md', selected: true }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => chat.composer.inputValue()).toBe('look at @README.md ');
  await chat.composer.fill('');
  await page.keyboard.type('/port');
  await page.getByRole('option', { name: /^\/export/ }).waitFor();
  expect(await page.getByRole('option', { selected: true }).count()).toBe(0);
  await page.keyboard.press('Enter');
  await chat.find('Heard: /port').waitFor();
});

test('an at sign finds files of the workspace, and a match by its name alone is completed', async () => {
  const chat = await openSession();
  const { page } = chat;
  await page.keyboard.type('mail ada@gr');
  await page.keyboard.type(' and see @gre');
  await expect.poll(() => optionsOf(page).count()).toBe(2);
  expect(await optionsOf(page).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))).toEqual([
    'src/greet.js',
    'src/greet.test.js',
  ]);
  await page.keyboard.type('et.js');
  await page.getByRole('option', { name: 'src/greet.js' }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => chat.composer.inputValue()).toBe('mail ada@gr and see @src/greet.js ');
  await page.keyboard.type('too');
  await page.keyboard.press('Enter');
  await chat.find('Heard: mail ada@gr and see @src/greet.js too').waitFor();
});

test('Tab moves on, Escape closes for good, and nothing opens in the middle of a text', async () => {
  const chat = await openSession();
  const { page } = chat;
  await page.keyboard.type('/');
  await list(page, 'Commands').waitFor();
  await page.keyboard.press('Tab');
  await list(page, 'Commands').waitFor({ state: 'detached' });
  expect(await chat.composer.evaluate((one) => one === one.ownerDocument.activeElement)).toBe(false);
  expect(await chat.composer.inputValue()).toBe('/');

  await chat.composer.fill('');
  await chat.composer.focus();
  await page.keyboard.type('/');
  await list(page, 'Commands').waitFor();
  await page.keyboard.press('Escape');
  await list(page, 'Commands').waitFor({ state: 'detached' });
  await page.keyboard.type('co');
  expect(await list(page, 'Commands').count()).toBe(0);
  expect(await chat.composer.inputValue()).toBe('/co');

  await chat.composer.fill('');
  await page.keyboard.type('either/or a@b /x');
  expect(await optionsOf(page).count()).toBe(0);
});

test('nothing opens while a word is composed', async () => {
  const chat = await openSession();
  const { page } = chat;
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Input.imeSetComposition', { text: '/', selectionStart: 1, selectionEnd: 1 });
  await expect.poll(() => chat.composer.inputValue()).toBe('/');
  expect(await list(page, 'Commands').count()).toBe(0);
  await devtools.send('Input.insertText', { text: '/' });
  await list(page, 'Commands').waitFor();
});

test('our own commands rename and fork the session and never reach the agent', async () => {
  const chat = await focusComposer(await visit(`/sessions/${await createSession()}`));
  const { page } = chat;
  await page.keyboard.type('/rename');
  await page.getByRole('option', { name: /^\/rename/ }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => chat.composer.inputValue()).toBe('/rename ');
  await page.keyboard.type('A better name');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'A better name', level: 1 }).waitFor();
  expect(await chat.composer.inputValue()).toBe('');

  const before = page.url();
  await page.keyboard.type('/fork');
  await page.getByRole('option', { name: /^\/fork/ }).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).not.toBe(before);
  await chat.find('Heard: hello').waitFor();
  expect(stage.model.requests.some(({ body }) => JSON.stringify(body).includes('/rename'))).toBe(false);
});

test('on a phone lines are chosen by touch, are large enough, and the keyboard stays', async () => {
  const chat = await openSession({ phone: true });
  const { page } = chat;
  await page.keyboard.type('see @read');
  const option = page.getByRole('option', { name: 'README.md' });
  await option.waitFor();
  expect((await option.boundingBox())?.height).toBeGreaterThanOrEqual(44);
  await option.tap();
  await expect.poll(() => chat.composer.inputValue()).toBe('see @README.md ');
  expect(await chat.composer.evaluate((one) => one === one.ownerDocument.activeElement)).toBe(true);
});

test.for([
  ['on a desk', {}],
  ['on a phone', { phone: true }],
] as const)('axe finds nothing against the open menus %s', async ([, options]) => {
  const { page } = await openSession(options);
  await page.keyboard.type('/');
  await page.getByRole('option', { name: /^\/compact/ }).waitFor();
  await page.keyboard.press('ArrowDown');
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('@');
  await page.getByRole('option', { name: 'README.md' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
});
