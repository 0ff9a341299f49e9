import { realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { startMcpFixture } from '../apps/server/src/agent-process/mcp/fixtures/mcp-harness.ts';
import { findOverflow, findViolations } from './support/axe.ts';
import { chatOf, waitPastStrayPresses } from './support/chat.ts';
import { driveSession } from './support/drive-session.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const LINES = 63;
const SCRIPT = [
  'set -e',
  ...Array.from({ length: LINES - 2 }, (_, index) => `echo "step ${index + 1} of the release" >> log.txt`),
  'echo the very end',
].join('\n');
const ONE_LINE = `echo ${'word '.repeat(400)} && echo the very end`;
const SOME_WORDS = `touch ${Array.from({ length: 160 }, (_, index) => `w${index}word`).join(' ')}`;
const FILE = Array.from({ length: 90 }, (_, index) => `line ${index} of the file`).join('\n');
const HIDDEN = `echo "a\u200Bb" \u202Etxt.eno\u202C${' '.repeat(300)}&& echo far away`;

/** Made up, in the shape of a GitHub token. */
const TOKEN = `ghp_${'k7Q2'.repeat(9)}`;
const SECRET = `curl -sS -H "Authorization: token ${TOKEN}" https://api.example.com/user`;

const NOTES = Array.from({ length: 40 }, (_, index) => `line ${index}\n`).join('');
const toPath = (text: string) => text.split('write over ').at(-1) ?? '';

const scenarios: Scenario[] = [
  { match: { userText: 'borrow' }, reply: [useTool('mcp__library__echo', {}), say('Borrowed.')] },
  { match: { userText: 'secret' }, reply: [useTool('Bash', { command: SECRET }), say('Done.')] },
  {
    match: { userText: 'script' },
    reply: [useTool('Bash', { command: SCRIPT, description: 'Release' }), say('Done.')],
  },
  { match: { userText: 'one line' }, reply: [useTool('Bash', { command: ONE_LINE }), say('Done.')] },
  { match: { userText: 'some words' }, reply: [useTool('Bash', { command: SOME_WORDS }), say('Done.')] },
  { match: { userText: 'new file' }, reply: [useTool('Write', { file_path: 'a.txt', content: FILE }), say('Done.')] },
  {
    match: { userText: 'write over' },
    reply: [
      ({ userText }) => useTool('Read', { file_path: toPath(userText) }),
      ({ userText }) => useTool('Write', { file_path: toPath(userText), content: NOTES.replace('line 20\n', 'new\n') }),
      say('Done.'),
    ],
  },
  {
    match: { userText: 'serve' },
    reply: [useTool('Bash', { command: 'tail -f /dev/null', run_in_background: true }), say('Done.')],
  },
  { match: { userText: 'hello' }, reply: [say('Hello.')] },
  { match: { userText: 'hidden' }, reply: [useTool('Bash', { command: HIDDEN }), say('Done.')] },
  { match: { userText: 'short' }, reply: [useTool('Bash', { command: 'touch stamp' }), say('Done.')] },
];

let stage: Stage;
const visit = sharePage(() => stage);
const visitOnPhone = sharePage(() => stage, { phone: true });
/** The ids of the waiting sessions, by the message that was sent in them. */
const sessions = new Map<string, string>();

beforeAll(async () => {
  stage = await openStage({ scenarios });
  for (const message of ['script', 'one line', 'some words', 'new file', 'hidden', 'secret']) {
    sessions.set(message, await driveSession(stage.server, { messages: [message], answer: () => undefined }));
  }
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

const openCard = async (message: string, size: { width: number; height: number; phone?: boolean }) => {
  const page = await (size.phone === true ? visitOnPhone : visit)(`/sessions/${sessions.get(message)}`);
  await page.setViewportSize(size);
  return { page, approval: chatOf(page).approval };
};

const open = async (...given: Parameters<typeof openCard>) => {
  const opened = await openCard(...given);
  await opened.approval.locator('[data-review]').waitFor();
  return opened;
};

const PHONE = { name: 'a phone', width: 390, height: 844, phone: true };
const PHONE_ON_ITS_SIDE = { name: 'a phone on its side', width: 844, height: 390, phone: true };
const ZOOMED = { name: '1024 × 768 at 200 %', width: 512, height: 384 };
const SCRIPT_CASE = { message: 'script', first: 'set -e', length: '63 lines' };
const LINE_CASE = { message: 'one line', first: /^echo word/, length: '1 line' };
const FILE_CASE = { message: 'new file', first: 'line 0 of the file', length: '90 lines' };

test.each([
  { ...PHONE, ...SCRIPT_CASE },
  { ...PHONE, ...LINE_CASE },
  { ...PHONE, ...FILE_CASE },
  { name: 'the smallest phone', width: 320, height: 568, phone: true, ...SCRIPT_CASE },
  { name: 'the smallest phone', width: 320, height: 568, phone: true, ...FILE_CASE },
  { ...PHONE_ON_ITS_SIDE, ...SCRIPT_CASE },
  { ...PHONE_ON_ITS_SIDE, ...LINE_CASE },
  { name: 'a small phone', width: 375, height: 553, phone: true, ...SCRIPT_CASE },
  { name: '1440 × 900 at 200 %', width: 720, height: 450, ...SCRIPT_CASE },
  { ...ZOOMED, ...LINE_CASE },
  { ...ZOOMED, ...FILE_CASE },
  { name: 'a tablet', width: 1024, height: 768, ...SCRIPT_CASE },
  { name: 'a desk', width: 1440, height: 900, ...SCRIPT_CASE },
])(
  'on $name the beginning and the end of the $message are on screen with the buttons, and nothing leaves the card',
  async ({ message, first, length, ...size }) => {
    const { page, approval } = await open(message, size);
    const expectSeen = async (part: Locator) => {
      await expect.poll(() => part.evaluate(IS_SEEN), { message: part.toString() }).toBe(true);
    };
    await expectSeen(approval.getByText(first).first());
    await expectSeen(approval.locator('[data-review-end]'));
    await expectSeen(approval.getByText(length));
    await expectSeen(approval.locator('[data-rule], [data-unseen]'));
    // Some buttons depend on how much of the input fits.
    for (const button of await approval.getByRole('button').all()) await expectSeen(button);
    const isFile = message === FILE_CASE.message;
    const allow = approval.getByRole('button', { name: 'Allow once' });
    await expect.poll(() => allow.getAttribute('aria-disabled')).toBe(isFile ? null : 'true');
    await approval.getByText(/, [\d,]+ characters hidden/).waitFor();
    const { card, review, rule, leaving, covered } = await page.evaluate<Boxes>(MEASURE);
    expect(review).toBeGreaterThanOrEqual(Math.min(8 * 20, 0.4 * card));
    expect(rule).toBeLessThanOrEqual(2 * 16);
    expect(leaving).toEqual([]);
    expect(covered).toBe(false);
    await approval.getByRole('button', { name: 'Show all' }).click();
    await approval.getByText(/characters hidden/).waitFor({ state: 'detached' });
    await expect.poll(() => allow.getAttribute('aria-disabled')).toBeNull();
  },
);

test('all of a long command can be shown, and is scrolled within the card', async () => {
  const { page, approval } = await open('script', { width: 390, height: 844, phone: true });
  await approval.getByRole('button', { name: 'Show all' }).click();
  const middle = approval.getByText('echo "step 30 of the release" >> log.txt');
  await middle.scrollIntoViewIfNeeded();
  expect(await middle.evaluate(IS_SEEN)).toBe(true);
  expect(await approval.getByRole('button', { name: 'Allow once' }).evaluate(IS_SEEN)).toBe(true);
  expect((await page.evaluate<Boxes>(MEASURE)).leaving).toEqual([]);
  await approval.getByRole('button', { name: 'Show less' }).click();
  await middle.waitFor({ state: 'detached' });
});

test('writing over a file shows what changes in it', async () => {
  const id = await driveSession(stage.server, { messages: ['hello'], files: { 'notes.txt': NOTES } });
  const page = await visit(`/sessions/${id}`);
  const chat = chatOf(page);
  // As Claude Code knows it: the folder that has the session's id for a name is only a link.
  const workspace = await realpath(join(stage.server.dataDir, 'workspaces', id));
  await chat.say(`write over ${join(workspace, 'notes.txt')}`);
  await chat.approval.getByText('Changes the file as it is now: 1 line added, 1 removed.').waitFor();
  const rows = chat.approval.locator('[data-review] [data-row]');
  await expect.poll(() => rows.count()).toBe(8);
  expect((await rows.allInnerTexts()).map((row) => row.replaceAll(/\s+/g, ' '))).toEqual([
    ...['18 line 17', '19 line 18', '20 line 19', '21 − line 20'],
    ...['21 + new', '22 line 21', '23 line 22', '24 line 23'],
  ]);
  expect(await findViolations(page)).toEqual([]);
  const allow = chat.approval.getByRole('button', { name: 'Allow once' });
  await waitPastStrayPresses(allow);
  await allow.click();
  await chat.find('Done.').waitFor();
});

test('a command that runs on in the background says so before it is allowed', async () => {
  const id = await driveSession(stage.server, { messages: ['serve'], answer: () => undefined });
  const page = await visit(`/sessions/${id}`);
  await chatOf(page).approval.getByText('Runs on in the background').waitFor();
});

test('all that a workspace would run is shown before it can be trusted, and that it is trusted is said', async () => {
  const hook = (command: string) => ({ hooks: [{ type: 'command', command }] });
  const commands = Array.from({ length: 30 }, (_, index) => `echo "step ${index} of what runs"`);
  const settings = JSON.stringify({ hooks: { Stop: commands.map(hook) } });
  const files = { '.claude/settings.json': settings, 'CLAUDE.md': 'Rules of the house\n' };
  const id = await driveSession(stage.server, { messages: ['hello'], files });
  const page = await visit(`/sessions/${id}`);
  await page.getByText('This workspace brings 30 hooks.').waitFor();
  await page.getByRole('button', { name: 'Review' }).click();
  const dialog = page.getByRole('dialog', { name: 'What the workspace brings' });
  // What the agent reads as instructions opens beside the conversation.
  await dialog.getByRole('link', { name: 'CLAUDE.md' }).click();
  await page.getByRole('group', { name: 'CLAUDE.md' }).getByText('Rules of the house').waitFor();
  await page.getByRole('button', { name: 'Review' }).click();
  const trust = dialog.getByRole('button', { name: 'Trust', exact: true });
  await dialog.getByText(/step 0 of what runs/).waitFor();
  expect(await trust.isDisabled()).toBe(true);
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Show the end' }).click();
  await dialog.getByText(/step 29 of what runs/).waitFor();
  await expect.poll(() => trust.isDisabled()).toBe(false);
  await trust.click();
  await page.getByRole('status').getByText('Trusted. The next message starts with it.').waitFor();
  await dialog.waitFor({ state: 'detached' });
});

test('a secret is masked until somebody asks for it, and the card says what it is and where', async () => {
  const { page, approval } = await open('secret', PHONE);
  const command = approval.locator('[data-review]');
  await approval.getByText('Holds a secret: GitHub token in command.').waitFor();
  expect(await command.innerText()).toContain('token [hidden: GitHub token]" https://api.example.com/user');
  expect(await page.locator('body').innerText()).not.toContain(TOKEN);
  await expect.poll(() => approval.getByText('Allow for this session').count()).toBe(0);
  const reveal = approval.getByRole('button', { name: 'Show it' });
  await reveal.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => command.innerText()).toContain(TOKEN);
  expect(await reveal.getAttribute('aria-pressed')).toBe('true');
  expect(await findOverflow(page)).toBe(0);
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await expect.poll(() => command.innerText()).not.toContain(TOKEN);
});

/** A real MCP server, whose tool asks for a form and then for a page. */
const startLibrary = (answers: unknown[]) =>
  startMcpFixture({
    async call(_, { server }) {
      const requestedSchema = {
        type: 'object' as const,
        properties: {
          title: { type: 'string' as const, title: 'Title of the book', description: 'As on its cover', minLength: 3 },
          copies: { type: 'integer' as const, title: 'Copies', minimum: 1, maximum: 9, default: 2 },
          due: { type: 'string' as const, title: 'Back on', format: 'date' as const },
          shelf: { type: 'string' as const, title: 'Shelf', enum: ['History', 'Science'] },
          card: { type: 'boolean' as const, title: 'Print a card' },
        },
        required: ['title', 'copies'],
      };
      answers.push(await server.elicitInput({ message: 'Which book do you want to borrow?', requestedSchema }));
      const link = { mode: 'url', elicitationId: 'e1', url: 'https://library.example.com/sign-in?next=loan' } as const;
      answers.push(await server.elicitInput({ ...link, message: 'Sign in to borrow it.' }));
      return { content: [{ type: 'text', text: 'Lent.' }] };
    },
  });

test('a question of an MCP server is a form or a page, which opens by a click and cannot reach this one', async () => {
  const answers: unknown[] = [];
  await using library = await startLibrary(answers);
  const headers = { 'x-api-key': stage.server.apiKey, 'content-type': 'application/json' };
  const created = await fetch(`${stage.server.url}/v1/agents`, {
    ...{ method: 'POST', headers },
    body: JSON.stringify({
      ...{ name: 'Reader', model: 'opus', mcp_servers: [{ type: 'url', name: 'library', url: library.url }] },
      tools: [
        {
          ...{ type: 'mcp_toolset', mcp_server_name: 'library' },
          default_config: { permission_policy: { type: 'always_allow' } },
        },
      ],
    }),
  });
  const { id: agent } = (await created.json()) as { id: string };
  sessions.set('borrow', await driveSession(stage.server, { messages: ['borrow'], agent }));

  const { page, approval } = await openCard('borrow', PHONE);
  await approval.getByText('The MCP server library asks this, not the agent.').waitFor();
  await approval.getByLabel('Title of the book').fill('It');
  const send = approval.getByRole('button', { name: 'Send' });
  await waitPastStrayPresses(send);
  await send.click();
  await approval.getByRole('alert').getByText('At least 3.').waitFor();
  expect(await approval.locator('input:focus').getAttribute('aria-invalid')).toBe('true');
  expect(await findOverflow(page)).toBe(0);
  expect(await findViolations(page)).toEqual([]);
  await approval.getByLabel('Title of the book').fill('Emma');
  await approval.getByLabel('Back on').fill('2026-12-24');
  await approval.getByLabel('Science').check();
  await page.keyboard.press('Enter');

  const link = approval.getByRole('link', { name: 'Open in a new tab' });
  await link.waitFor();
  expect(await approval.locator('[data-host]').innerText()).toBe('A page of library.example.com');
  await approval.getByText('https://library.example.com/sign-in?next=loan').waitFor();
  expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
  expect(await findOverflow(page)).toBe(0);
  expect(await findViolations(page)).toEqual([]);
  await page.context().route('https://library.example.com/**', (route) => route.fulfill({ body: 'Hello' }));
  await waitPastStrayPresses(link);
  const opened = page.context().waitForEvent('page');
  await link.click();
  const tab = await opened;
  await tab.waitForLoadState();
  expect(await tab.evaluate<boolean>('window.opener === null')).toBe(true);
  await tab.close();
  await page.getByText('Borrowed.').waitFor();
  expect(answers).toEqual([
    {
      action: 'accept',
      content: { title: 'Emma', copies: 2, due: '2026-12-24', shelf: 'Science', card: false },
    },
    { action: 'accept' },
  ]);
});

test.each(['/approvals', 'the session'])('the buttons are disabled until the command is shown: %s', async (where) => {
  const id = await driveSession(stage.server, { messages: ['short'], answer: () => undefined, title: 'Slow line' });
  const page = await stage.open({ path: '/settings' });
  const held = Promise.withResolvers<void>();
  await page.route(/approval-preview/, async (route) => {
    await held.promise;
    await route.continue();
  });
  await page.goto(where === '/approvals' ? where : `/sessions/${id}`);
  const card = page
    .locator('[data-approval]')
    .filter({ has: page.getByText('Run a command') })
    .last();
  const allow = card.getByRole('button', { name: 'Allow once' });
  await card.getByText('Loading…').waitFor();
  expect(await allow.getAttribute('aria-disabled')).toBe('true');
  await allow.click({ force: true });
  await card.getByRole('button', { name: 'Deny', exact: true }).click({ force: true });
  held.resolve();
  await card.getByText('touch stamp', { exact: true }).waitFor();
  await waitPastStrayPresses(card);
  await allow.click();
  await card.getByText('touch stamp', { exact: true }).waitFor({ state: 'detached' });
  await page.goto(`/sessions/${id}`);
  await chatOf(page).find('Done.').waitFor();
});

test('a command of which a part is hidden can be allowed only after all of it was shown', async () => {
  const size = { width: 390, height: 844, phone: true };
  const { approval } = await open('some words', size);
  const allow = approval.getByRole('button', { name: 'Allow once' });
  await approval.getByText('Part of it is hidden. Show all first.').waitFor();
  await approval.getByText(/^1 line, [\d,]+ characters hidden/).waitFor();
  expect(await allow.getAttribute('aria-disabled')).toBe('true');
  await approval.getByRole('button', { name: 'Show all' }).click();
  await expect.poll(() => allow.getAttribute('aria-disabled')).toBeNull();
});

test('a command whose end does not fit on screen can be allowed only after its end was shown', async () => {
  const { approval } = await open('new file', { width: 390, height: 300, phone: true });
  await approval.getByText('Scroll to its end first.').waitFor();
  const allow = approval.getByRole('button', { name: 'Allow once' });
  expect(await allow.getAttribute('aria-disabled')).toBe('true');
  await approval.getByRole('button', { name: 'Show the end' }).click();
  await expect.poll(() => allow.getAttribute('aria-disabled')).toBeNull();
});

test('invisible characters are marked on the card and in the inbox', async () => {
  const { page, approval } = await open('hidden', { width: 1024, height: 768 });
  for (const card of [approval, page.getByRole('main').getByRole('listitem').filter({ hasText: 'far away' })]) {
    await card.getByText('Contains 3 invisible characters').waitFor();
    for (const mark of ['U+200B', 'U+202E', 'U+202C', '300 blanks']) {
      await card.getByText(mark, { exact: true }).first().waitFor();
    }
    await page.goto('/approvals');
  }
});

interface Boxes {
  card: number;
  review: number;
  rule: number;
  leaving: string[];
  covered: boolean;
}

/** The heights of the card's parts in pixels, and which parts overflow the card, the screen or the message box. */
const MEASURE = `(() => {
  const card = document.querySelector('[data-approval]');
  const box = (element) => element.getBoundingClientRect();
  const around = box(card);
  const composer = box(document.getElementById('composer'));
  const inside = (one) => one.left >= around.left && one.right <= around.right && one.top >= around.top && one.bottom <= around.bottom;
  const parts = [...card.querySelectorAll('[data-review], [data-rule], [data-unseen], button, h2')];
  return {
    card: around.height,
    review: box(card.querySelector('[data-review]')).height,
    rule: box(card.querySelector('[data-rule], [data-unseen]')).height,
    leaving: parts.filter((part) => !inside(box(part))).map((part) => part.textContent),
    covered: around.top < 0 || around.bottom > composer.top || document.documentElement.scrollHeight > innerHeight,
  };
})()`;

/** Whether the beginning of an element is visible and receives a press at its position. */
const IS_SEEN = (element: {
  ownerDocument: { elementFromPoint: (x: number, y: number) => unknown };
  getBoundingClientRect: () => { x: number; y: number; width: number; height: number };
  contains: (other: never) => boolean;
}) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const found = element.ownerDocument.elementFromPoint(x + Math.min(width / 2, 24), y + Math.min(height / 2, 10));
  return found !== null && element.contains(found as never);
};
