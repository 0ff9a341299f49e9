import { readFile } from 'node:fs/promises';

import { say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const scenarios: Scenario[] = [{ reply: [({ userText }) => say(`Heard: ${userText}.`)] }];

let stage: Stage;
const visit = sharePage(() => stage);

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

/** A session with one message and its answer, for tests that leave it so. The last of them deletes it. */
let answered: { path: string; title: string } | undefined;
let attempts = 0;

/** Opens the answered session. After a failed test it is a new one. */
async function openAnswered(): Promise<{ page: Page; title: string }> {
  onTestFinished(({ task }) => {
    if (task.result?.state === 'fail') answered = undefined;
  });
  const page = await visit(answered?.path);
  if (answered === undefined) {
    attempts += 1;
    const title = `Answered once, ${attempts}`;
    await startSession(page, title);
    await page.waitForURL('**/sessions/*');
    answered = { path: new URL(page.url()).pathname, title };
  } else {
    await chatOf(page).find(`Heard: ${answered.title}.`).waitFor();
  }
  return { page, title: answered.title };
}

test('a session has a title from its first message, an address of its own and a place in the list', async () => {
  const page = await visit();
  const chat = chatOf(page);
  await startSession(page, 'Count the herons');
  await page.getByRole('heading', { name: 'Count the herons', level: 1 }).waitFor();
  await expect.poll(() => page.title()).toBe('Count the herons · CSP');
  const address = page.url();
  expect(address).toMatch(/\/sessions\/sesn_\w+$/);

  await page.keyboard.press('Control+Shift+o');
  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  await startSession(page, 'Feed the ducks');
  expect(page.url()).not.toBe(address);
  await rowOf(page, 'Count the herons').click();
  await chat.find('Heard: Count the herons.').waitFor();
  expect(page.url()).toBe(address);
  await page.goBack();
  await chat.find('Heard: Feed the ducks.').waitFor();
  await page.keyboard.press('Alt+ArrowDown');
  await expect.poll(() => page.url()).toBe(address);
});

test('a session can be renamed, and the new name outlives a reload and reaches other tabs', async () => {
  const page = await visit(await createSession('A poor name'));
  const other = await stage.open({ beside: page });
  await rowOf(other, 'A poor name').waitFor();

  await choose(page, 'A poor name', 'Rename');
  const field = page.getByRole('textbox', { name: 'Name of the session' });
  await expect.poll(() => field.inputValue()).toBe('A poor name');
  await field.fill('A better name');
  await field.press('Enter');
  await page.getByRole('heading', { name: 'A better name', level: 1 }).waitFor();
  await rowOf(other, 'A better name').waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'A better name', level: 1 }).waitFor();
  await rowOf(page, 'A better name').waitFor();
});

test('search finds by title and by what was said, says when nothing matches, and Escape ends it', async () => {
  await createSession('Needle in a haystack');
  await createSession('Something else entirely');
  const page = await visit();
  const search = page.getByRole('searchbox', { name: 'Search sessions' });
  await search.fill('needle');
  await rowOf(page, 'Something else entirely').waitFor({ state: 'detached' });
  await rowOf(page, 'Needle in a haystack').waitFor();
  await search.fill('no such thing');
  await page.getByText('No session matches “no such thing”.').waitFor();
  await search.fill('');
  const { title } = await openAnswered();
  const place = page.getByRole('region', { name: 'In conversations' }).getByRole('link').first();
  // It is searched a second after it was said.
  await expect
    .poll(async () => {
      await search.fill('heard answered');
      await search.fill('heard answered onc');
      await page.getByText('Searching conversations…').waitFor({ state: 'detached' });
      return place.count();
    })
    .toBe(1);
  expect(await place.locator('mark').allTextContents()).toEqual(['Heard', 'Answered', 'once']);
  await place.click();
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  expect(page.url()).toMatch(/[?#].*sevt_/);
  await search.press('Escape');
  await rowOf(page, 'Something else entirely').waitFor();
});

test('sessions can be pinned, archived and brought back', async () => {
  const page = await visit(await createSession('Keep me close'));
  await choose(page, 'Keep me close', 'Pin');
  await groupOf(page, 'Pinned')
    .getByRole('link', { name: /Keep me close/ })
    .waitFor();
  await page.reload();
  // The dialog takes the focus when it appears, which closes an open menu.
  await chatOf(page).composer.waitFor();
  await groupOf(page, 'Pinned')
    .getByRole('link', { name: /Keep me close/ })
    .waitFor();
  await choose(page, 'Keep me close', 'Unpin');
  await groupOf(page, 'Today')
    .getByRole('link', { name: /Keep me close/ })
    .waitFor();

  await choose(page, 'Keep me close', 'Archive');
  await rowOf(page, 'Keep me close').waitFor({ state: 'detached' });
  await page.getByText('This session is archived.').waitFor();
  await page.getByRole('group', { name: 'Status' }).getByText('Archived', { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Archived' }).click();
  await page.getByRole('heading', { name: 'Archived', level: 1 }).waitFor();
  expect(new URL(page.url()).pathname).toBe('/archived');
  await page.reload();
  const entry = page.getByRole('main').getByRole('listitem').filter({ hasText: 'Keep me close' });
  await entry.getByRole('button', { name: 'Unarchive' }).click();
  await entry.waitFor({ state: 'detached' });
  await groupOf(page, 'Today')
    .getByRole('link', { name: /Keep me close/ })
    .click();
  await chatOf(page).composer.waitFor();
});

test.each([false, true])('a session is renamed from its own menu; on a phone: %s', async (phone) => {
  const path = await createSession(`Small name ${phone}`);
  const page = phone ? await stage.open({ path, phone }) : await visit(path);
  await page.getByRole('button', { name: 'Session menu' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  const field = page.getByRole('textbox', { name: 'Name of the session' });
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await expect.poll(() => field.evaluate(HAS_FOCUS)).toBe(true);
  await page.keyboard.type(`Great name ${phone}`);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: `Great name ${phone}`, level: 1 }).waitFor();
});

test('texts change to the colours of another theme at once', async () => {
  const page = await stage.open({ path: '/settings' });
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  const dark = page.getByRole('radio', { name: 'Dark' });
  await dark.waitFor();
  const transitions = await dark.evaluate((radio) => {
    (radio as unknown as { click: () => void }).click();
    const { documentElement } = radio.ownerDocument;
    const running = documentElement.getAnimations({ subtree: true }) as { transitionProperty?: string }[];
    return running.flatMap(({ transitionProperty }) => transitionProperty ?? []);
  });
  expect(transitions).toEqual([]);
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark');
});

test('the menu of a row is in sight on the open session, and elsewhere as soon as the row has the focus', async () => {
  await createSession('Closed one');
  const page = await visit(await createSession('Open one'));
  await page.mouse.move(900, 5);
  const opacityOf = (title: string) =>
    page
      .getByRole('button', { name: `Actions for ${title}` })
      .locator('..')
      .evaluate((menu) => menu.ownerDocument.defaultView?.getComputedStyle(menu).opacity);
  await expect.poll(() => opacityOf('Open one')).toBe('1');
  expect(await opacityOf('Closed one')).toBe('0');
  await rowOf(page, 'Closed one').focus();
  await page.keyboard.press('Tab');
  await expect.poll(() => opacityOf('Closed one')).toBe('1');
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Rename' }).waitFor();
});

test('an open menu stays where it is when its session belongs into another group meanwhile', async () => {
  const path = await createSession('Wanderer');
  const page = await visit(path);
  await rowOf(page, 'Wanderer').hover();
  await page.getByRole('button', { name: 'Actions for Wanderer' }).click();
  const rename = page.getByRole('menuitem', { name: 'Rename' });
  await rename.waitFor();
  await stage.server.fetch(`/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pinned: true, title: 'Wanderer, pinned' }),
  });
  await page.getByRole('heading', { name: 'Wanderer, pinned', level: 1 }).waitFor();
  expect(await groupOf(page, 'Pinned').getByText('Wanderer').count()).toBe(0);
  await rename.waitFor();
  await page.keyboard.press('Escape');
  await groupOf(page, 'Pinned').getByText('Wanderer').waitFor();
});

test('a session is deleted only after a question, and then gone from its address', async () => {
  const page = await visit(await createSession('Short-lived'));
  const address = page.url();
  await choose(page, 'Short-lived', 'Delete…');
  const dialog = page.getByRole('dialog', { name: 'Delete this session?' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  await rowOf(page, 'Short-lived').waitFor();

  await choose(page, 'Short-lived', 'Delete…');
  await dialog.getByRole('button', { name: 'Delete session' }).click();
  await rowOf(page, 'Short-lived').waitFor({ state: 'detached' });
  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
  await page.goto(address);
  await page.getByText('It does not exist, or it belongs to somebody else.').waitFor();
});

test('a session can be exported as Markdown and as JSONL, from its header and from the list', async () => {
  const { page, title } = await openAnswered();
  await page.getByRole('button', { name: 'Session menu' }).click();
  const markdown = await download(page, () => page.getByRole('menuitem', { name: 'Export as Markdown' }).click());
  expect(markdown.name).toMatch(/\.md$/);
  expect(markdown.text).toContain(`Heard: ${title}.`);
  await rowOf(page, title).hover();
  await page.getByRole('button', { name: `Actions for ${title}` }).click();
  const jsonl = await download(page, () => page.getByRole('menuitem', { name: 'Export as JSONL' }).press('Enter'));
  expect(jsonl.name).toMatch(/\.jsonl$/);
  expect(
    jsonl.text
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)).length,
  ).toBeGreaterThan(5);
});

test('the field for a new name has the focus at once, and after Escape and after a fork the message box has it', async () => {
  const { page, title } = await openAnswered();
  const menu = page.getByRole('button', { name: 'Session menu' });
  await menu.click();
  // Without waiting for a frame: text typed directly after the press belongs to the field.
  const focused = await page.getByRole('menuitem', { name: 'Rename' }).evaluate(async (item) => {
    (item as unknown as { click: () => void }).click();
    for (let step = 0; step < 20; step += 1) await Promise.resolve();
    return item.ownerDocument.activeElement?.getAttribute('aria-label');
  });
  expect(focused).toBe('Name of the session');
  await page.keyboard.type('not so');
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
  const focusedId = () => page.evaluate<string>('document.activeElement.id');
  await expect.poll(focusedId).toBe('composer');

  const before = page.url();
  await menu.click();
  await page.getByRole('menuitem', { name: 'Fork from here' }).click();
  await expect.poll(() => page.url()).not.toBe(before);
  await expect.poll(focusedId).toBe('composer');
  // A fork has no process yet: the list and the status line show the same word.
  await rowOf(page, `${title} \\(fork\\).*Asleep`).waitFor();
  await chatOf(page).status.getByText('Asleep. Send a message to wake it').waitFor();
});

test("a session's own menu pins, branches, archives and deletes it", async () => {
  const { page, title } = await openAnswered();
  const pick = async (name: string) => {
    await page.getByRole('button', { name: 'Session menu' }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  await pick('Pin');
  await groupOf(page, 'Pinned')
    .getByRole('link', { name: new RegExp(title) })
    .waitFor();
  const before = page.url();
  await pick('Fork from here');
  await expect.poll(() => page.url()).not.toBe(before);
  await page.getByRole('heading', { name: `${title} (fork)`, level: 1 }).waitFor();
  await pick('Archive');
  await page.getByText('This session is archived.').waitFor();
  await pick('Delete…');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete session' }).click();
  await page.getByRole('heading', { name: 'What shall we work on?' }).waitFor();
});

test('a session that sleeps is woken by the first key, ahead of the message', async () => {
  const { page } = await openAnswered();
  const chat = chatOf(page);
  const sessionId = page.url().split('/').at(-1) ?? '';
  const slept = await stage.server.fetch(`/api/v1/processes/${sessionId}/hibernate`, { method: 'POST' });
  expect(slept.status).toBeLessThan(300);
  await chat.status.getByText('Asleep. Send a message to wake it', { exact: true }).waitFor();

  await chat.composer.pressSequentially('Good');
  await chat.waitUntilReady();
  expect(await chat.composer.inputValue()).toBe('Good');
  expect(await chat.conversation.getByRole('article').count()).toBe(1);
  await chat.say('Good morning');
  await chat.find('Heard: Good morning.').waitFor();
});

test('a session that is deleted elsewhere says so, and keeps what was being written', async () => {
  const { page, title } = await openAnswered();
  const chat = chatOf(page);
  await chat.composer.fill('Half a thought');
  const sessionId = page.url().split('/').at(-1) ?? '';
  const answer = await stage.server.fetch(`/v1/sessions/${sessionId}`, { method: 'DELETE' });
  expect(answer.ok).toBe(true);
  await page.getByText('This session was deleted.').waitFor();
  await chat.composer.waitFor({ state: 'detached' });
  await chat.status.waitFor({ state: 'detached' });
  await page.getByText('Half a thought').waitFor();
  await page.getByRole('button', { name: 'Copy your text' }).waitFor();
  await chat.find(`Heard: ${title}.`).waitFor();
});

test('the palette leads to sessions and commands, by keys alone', async () => {
  await createSession('Palette target');
  const page = await visit('/approvals');
  await page.getByText('No approvals are waiting.').waitFor();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Search and commands' });
  await palette.waitFor();
  await page.keyboard.type('palette tar');
  await palette.getByRole('option', { name: /Palette target/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Palette target', level: 1 }).waitFor();

  await page.keyboard.press('Control+k');
  await palette.waitFor();
  await page.keyboard.type('processes');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Processes', level: 1 }).waitFor();
  await page.keyboard.press('Control+k');
  await palette.waitFor();
  await page.keyboard.press('Escape');
  await palette.waitFor({ state: 'detached' });
});

test('the palette also finds sessions that the list has not loaded', async () => {
  const page = await visit(await createSession('Long forgotten heron'));
  await choose(page, 'Long forgotten heron', 'Archive');
  await page.getByText('This session is archived.').waitFor();
  await page.goto('/approvals');
  await page.getByText('No approvals are waiting.').waitFor();
  await page.keyboard.press('Control+k');
  const palette = page.getByRole('dialog', { name: 'Search and commands' });
  await palette.waitFor();
  await page.keyboard.type('heron forgotten');
  await palette.getByRole('option', { name: /Long forgotten heron/ }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Long forgotten heron', level: 1 }).waitFor();
});

const HAS_FOCUS = (element: { ownerDocument: { activeElement: unknown } }) =>
  element === element.ownerDocument.activeElement;

/** Creates a session without a message, and so without an agent process. Returns its path. */
async function createSession(title: string): Promise<string> {
  const response = await stage.server.fetch('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title }),
  });
  const { id } = (await response.json()) as { id: string };
  return `/sessions/${id}`;
}

async function startSession(page: Page, text: string): Promise<void> {
  const chat = chatOf(page);
  await chat.say(text);
  await chat.find(`Heard: ${text}.`).waitFor({ timeout: 30_000 });
  await chat.waitUntilReady();
}

async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

function rowOf(page: Page, title: string) {
  return page.getByRole('navigation', { name: 'Sessions' }).getByRole('link', { name: new RegExp(title) });
}

function groupOf(page: Page, name: string) {
  return page.getByRole('navigation', { name: 'Sessions' }).getByRole('region', { name, exact: true });
}

async function choose(page: Page, title: string, action: string): Promise<void> {
  await rowOf(page, title).hover();
  await page.getByRole('button', { name: `Actions for ${title}` }).click();
  await page.getByRole('menuitem', { name: action }).click();
}
