import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { shareChat } from './support/share-chat.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const scenarios: Scenario[] = [
  {
    match: { userText: 'write' },
    reply: [
      [say('I write it.'), useTool('Write', { file_path: 'notes.md', content: 'By keys alone.\n' })],
      say('Written.'),
    ],
  },
  { match: { userText: 'endless' }, reply: [say('word '.repeat(5000), { tokensPerSecond: 50 })] },
  { reply: [say('Heard.')] },
];

const MOST_TABS = 40;

let stage: Stage;
const visit = sharePage(() => stage);
const joinChat = shareChat(visit);

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('from signing in to a written file and a stopped answer, without a mouse', async () => {
  const page = await stage.open({ signedIn: false });
  const chat = chatOf(page);
  const { keyboard } = page;
  const field = page.getByRole('textbox', { name: 'API key' });
  await field.waitFor();
  await tabTo(page, field);
  await keyboard.type(stage.server.apiKey);
  await keyboard.press('Enter');

  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  expect(await focusedName(page)).toBe('Message');
  await keyboard.type('write it');
  await keyboard.press('Shift+Enter');
  await keyboard.type('for me');
  expect(await chat.composer.inputValue()).toBe('write it\nfor me');
  await keyboard.press('Enter');

  await waitPastStrayPresses(chat.approval);
  await keyboard.press('Alt+a');
  expect(await focusedName(page)).toBe('Approval');
  await tabTo(page, chat.approval.getByRole('button', { name: 'Allow once' }));
  await keyboard.press('Enter');
  await chat.find('Written.').waitFor();
  await chat.waitUntilReady();

  await chat.approval.waitFor({ state: 'detached' });
  await tabTo(page, chat.composer);
  await keyboard.press('ArrowUp');
  expect(await chat.composer.inputValue()).toBe('write it\nfor me');
  await keyboard.press('Control+a');
  await keyboard.type('an endless answer');
  await keyboard.press('Enter');
  await chat.find('word word').first().waitFor();
  await keyboard.press('Control+.');
  await chat.find('Stopped. Everything').waitFor();
});

test('Tab moves the focus through the whole page and never changes the permission mode', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.say('hello');
  await chat.find('Heard.').waitFor();
  await chat.waitUntilReady();
  const mode = page.getByRole('button', { name: 'Permission mode: Ask first' });
  await chat.composer.fill('/');
  const seen = new Set<string>();
  for (const key of ['Tab', 'Shift+Tab', ...Array.from({ length: 30 }, () => 'Tab')]) {
    await page.keyboard.press(key);
    seen.add(await focusedName(page));
    expect(await mode.count()).toBe(1);
  }
  expect(await chat.composer.inputValue()).toBe('/');
  for (const name of ['Permission mode: Ask first', 'Message', 'Conversation', 'Search sessions']) {
    expect([...seen]).toContain(name);
  }
});

test('D on the card denies; typed letters in the message box never answer', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.say('write once more');
  await waitPastStrayPresses(chat.approval);
  await chat.composer.focus();
  await page.keyboard.type('ad');
  expect(await chat.composer.inputValue()).toBe('ad');
  await chat.approval.waitFor();
  await page.keyboard.press('Alt+a');
  await page.keyboard.press('d');
  await chat.approval.waitFor({ state: 'detached' });
  await chat.tool(/notes\.md.*denied/).waitFor();
});

test('skip links, dialogs and menus give the focus where it belongs', async () => {
  const page = await visit('/settings');
  await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
  await page.keyboard.press('Tab');
  expect(await focusedName(page)).toBe('Skip to the conversation');
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.waitFor();
  expect(await page.evaluate('document.activeElement.closest("[role=dialog]") !== null')).toBe(true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await expect.poll(() => focusedName(page)).toBe('Skip to the conversation');

  await page.goto('/');
  const chat = chatOf(page);
  await chat.composer.focus();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog', { name: 'Search and commands' }).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => hasFocus(chat.composer)).toBe(true);

  const mode = page.getByRole('button', { name: /Permission mode/ });
  await tabTo(page, mode);
  await page.keyboard.press('Enter');
  await page.getByRole('menuitemradio', { name: /Ask first/ }).waitFor();
  await page.keyboard.press('End');
  await expect.poll(() => hasFocus(page.getByRole('menuitemradio', { name: /Never ask/ }))).toBe(true);
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Never ask for approval?' }).waitFor();
  await page.keyboard.press('Escape');
  await expect.poll(() => hasFocus(mode)).toBe(true);
  expect(await mode.getAttribute('aria-label')).toBe('Permission mode: Ask first');
});

test('a menu that is opened before its part of the app is there waits for it, and has its first entry in focus', async () => {
  const page = await stage.open({ path: 'about:blank' });
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  await page.route(/\/assets\/layers-[^/]+\.js$/, async (route) => {
    asked.resolve();
    await answered.promise;
    await route.continue();
  });
  await page.goto('/');
  const model = page.getByRole('button', { name: /^Model/ });
  await model.focus();
  await page.keyboard.press('Enter');
  await asked.promise;
  expect(await model.getAttribute('aria-expanded')).toBe('true');
  expect(await hasFocus(model)).toBe(true);
  answered.resolve();
  const first = page.getByRole('menuitemradio').first();
  await first.waitFor();
  await expect.poll(() => hasFocus(first)).toBe(true);
  await page.keyboard.press('Escape');
  await first.waitFor({ state: 'detached' });
  await expect.poll(() => hasFocus(model)).toBe(true);
});

/** Presses Tab until the locator has the focus. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < MOST_TABS; presses += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${String(target)}.`);
}

function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === element.ownerDocument.activeElement);
}

/** The approximate accessible name of the focused element. */
function focusedName(page: Page): Promise<string> {
  return page.evaluate<string>(`(() => {
    const one = document.activeElement;
    const label = one.labels?.[0]?.textContent ?? one.getAttribute('aria-label') ?? one.textContent;
    return label.trim();
  })()`);
}
