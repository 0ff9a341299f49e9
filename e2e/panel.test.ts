import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { findViolations } from './support/axe.ts';
import { chatOf, waitPastStrayPresses, type Chat } from './support/chat.ts';
import { driveSession } from './support/drive-session.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const POEM = Array.from({ length: 300 }, (_, line) => `verse ${line + 1}`).join('\n');
const PROSE = Array.from({ length: 12 }, (_, at) => `Paragraph ${at + 1}. ${'Some words that wrap. '.repeat(12)}`);

const scenarios: Scenario[] = [
  {
    match: { userText: 'work' },
    reply: [
      [say('I look.'), useTool('Read', { file_path: 'src/greet.js' })],
      useTool('Edit', { file_path: 'src/greet.js', old_string: "'Hi '", new_string: "'Hello '" }),
      useTool('Write', { file_path: 'notes.md', content: '# Notes\n\n- one\n' }),
      useTool('Edit', { file_path: 'notes.md', old_string: '- one', new_string: '- one\n- two' }),
      useTool('Bash', { command: 'seq -f "row %g" 1 500', description: 'Count' }),
      say(PROSE.join('\n\n')),
    ],
  },
  {
    match: { userText: 'more' },
    reply: [
      useTool('Edit', { file_path: 'notes.md', old_string: '- two', new_string: '- three' }),
      say('Changed again.'),
    ],
  },
  { reply: [say('Heard.')] },
];

let stage: Stage;
const visit = sharePage(() => stage);
const visitOnPhone = sharePage(() => stage, { phone: true });
let sessionId: string;

beforeAll(async () => {
  stage = await openStage({ scenarios });
  sessionId = await driveSession(stage.server, {
    messages: ['work'],
    title: 'With changes',
    files: { 'src/greet.js': "export const greet = (name) => 'Hi ' + name;\n", 'poem.txt': POEM },
  });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

const WIDE = { width: 1400, height: 860 };

async function openSession(query = '', options: { phone?: boolean; width?: number } = {}): Promise<Chat> {
  const page = await (options.phone === true ? visitOnPhone : visit)(`/sessions/${sessionId}${query}`);
  if (options.phone !== true) await page.setViewportSize({ ...WIDE, width: options.width ?? WIDE.width });
  const chat = chatOf(page);
  // Found by its text, because below 1200 px an open panel hides the conversation from queries by role.
  await page.getByText(/^Paragraph 12\./).waitFor();
  return chat;
}

const panelOf = (page: Page) => page.getByRole('region', { name: 'Changes, files, output and servers' });
const sheetOf = (page: Page) => page.getByRole('dialog', { name: 'Changes, files, output and servers' });
const toggleOf = (page: Page) => page.getByRole('button', { name: 'Show changes and files' });
const hasFocus = (one: Locator) => one.evaluate((element) => element === element.ownerDocument.activeElement);

test('changes stand by file with their difference, a new file as it is in the end', async () => {
  const { page } = await openSession();
  await toggleOf(page).click();
  const panel = panelOf(page);
  await panel.getByText('2 files', { exact: true }).waitFor();
  await panel.getByRole('button', { name: /^notes\.md new/ }).waitFor();
  await panel.getByRole('row', { name: /- two/ }).waitFor();
  await panel.getByRole('row', { name: /^1 − .*'Hi '/ }).waitFor();
  await panel.getByRole('row', { name: /^1 \+ .*'Hello '/ }).waitFor();
  expect(page.url()).toContain('panel=changes');
});

test('Escape and Back close it, the focus returns, and a reload shows it again', async () => {
  const { page, composer } = await openSession();
  await toggleOf(page).click();
  const panel = panelOf(page);
  await panel.getByRole('tab', { name: 'Files' }).click();
  await panel.getByRole('treeitem', { name: /^notes\.md/ }).click();
  await panel.getByRole('group', { name: 'notes.md' }).getByText('- two').waitFor();
  await page.reload();
  await panel.getByRole('group', { name: 'notes.md' }).getByText('- two').waitFor();
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  expect(new URL(page.url()).search).toBe('');

  await toggleOf(page).focus();
  await page.keyboard.press('Enter');
  await panel.getByText('2 files', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  await expect.poll(() => hasFocus(toggleOf(page))).toBe(true);

  await toggleOf(page).click();
  await panel.waitFor();
  await page.goBack();
  await panel.waitFor({ state: 'detached' });
  await composer.waitFor();
});

test('cards and changed files lead into it, and the conversation keeps its place', async () => {
  const chat = await openSession();
  const { page } = chat;
  const panel = panelOf(page);
  await chat.scrollToTurn('work');
  // By keyboard: a mouse click could miss while the page is still scrolling.
  await chat.conversation.getByRole('button', { name: /^Read a file/ }).press('Enter');
  await chat.tool(/^Bash seq/).press('Enter');
  const link = chat.conversation.getByRole('link', { name: 'Open the whole output' });
  await link.focus();
  const before = await findPlace(link);
  await page.keyboard.press('Enter');
  await panel.getByText('row 500').waitFor({ state: 'attached' });
  await panel.getByText('500 lines').waitFor();
  expect(Math.abs((await findPlace(link)) - before)).toBeLessThan(24);

  await chat.tool(/^Read .*greet/).press('Enter');
  await chat.conversation.getByRole('link', { name: 'src/greet.js' }).first().press('Enter');
  await panel.getByRole('group', { name: 'src/greet.js' }).getByText("'Hello '").waitFor();
  await panel.getByRole('tab', { name: 'Output' }).click();
  await panel.getByText('500 lines').waitFor();
});

test('a file is updated while the agent changes it, and a missing file is reported', async () => {
  const chat = await openSession('?panel=file&path=notes.md');
  const panel = panelOf(chat.page);
  const text = panel.getByRole('group', { name: 'notes.md' });
  await text.getByText('- two').waitFor();
  await chat.say('some more');
  await waitPastStrayPresses(chat.approval);
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  await chat.find('Changed again.').waitFor();
  await text.getByText('- three').waitFor();

  await chat.page.goto(`/sessions/${sessionId}?panel=file&path=../../secrets`);
  await panel.getByText('This file is not in the workspace').waitFor();
  await writeFile(join(stage.server.dataDir, 'workspaces', sessionId, 'blob.bin'), Uint8Array.of(1, 0, 2));
  await chat.page.goto(`/sessions/${sessionId}?panel=file&path=blob.bin`);
  await panel.getByText('This file is not text.').waitFor();
});

test('files are found in the tree by keyboard, changed by hand, uploaded, renamed and deleted, and nothing is lost', async () => {
  const { page } = await openSession('?panel=file');
  const panel = panelOf(page);
  const tree = panel.getByRole('tree', { name: 'Files in the workspace' });
  const item = (name: string | RegExp) => tree.getByRole('treeitem', { name });
  await item(/^notes\.md/).waitFor();
  await tree.focus();
  for (const key of ['Home', 'ArrowRight']) await page.keyboard.press(key);
  await item(/^greet\.js/).waitFor();
  await page.keyboard.press('ArrowRight');
  await item(/^greet\.js/)
    .and(panel.locator('[aria-selected=true]'))
    .waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Enter');
  await panel.getByRole('group', { name: 'src/greet.js' }).getByText("'Hello '").waitFor();

  await panel.getByRole('button', { name: 'Edit' }).click();
  const text = panel.getByRole('textbox', { name: 'Text of src/greet.js' });
  await text.press('Control+End');
  await page.keyboard.type('// mine');
  const file = join(stage.server.dataDir, 'workspaces', sessionId, 'src/greet.js');
  await writeFile(file, '// of the agent\n');
  await page.keyboard.press('Control+s');
  await panel.getByRole('heading', { name: 'Somebody else changed this file' }).waitFor();
  await panel.getByRole('row', { name: /− .*of the agent/ }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  expect(await readFile(file, 'utf8')).toBe('// of the agent\n');
  await panel.getByRole('button', { name: 'Overwrite' }).click();
  await panel.getByRole('group', { name: 'src/greet.js' }).getByText('// mine').waitFor();
  expect(await readFile(file, 'utf8')).toMatch(/'Hello '.*\n\/\/ mine$/s);

  await panel.getByRole('button', { name: 'All files' }).click();
  const upload = (content: string) =>
    panel
      .locator('input[type=file]')
      .setInputFiles({ name: 'up.txt', mimeType: 'text/plain', buffer: Buffer.from(content) });
  await item(/^poem\.txt/).click();
  await panel.getByRole('button', { name: 'All files' }).click();
  await upload('first');
  await item(/^up\.txt 5 bytes/).waitFor();
  await upload('the second');
  await panel.getByText('There is such a file already.').waitFor();
  await panel.getByRole('button', { name: 'Replace it' }).click();
  await panel.getByText('1 file uploaded').waitFor();
  await item(/^up\.txt/).waitFor();
  await tree.focus();
  await page.keyboard.press('u');
  await page.keyboard.press('F2');
  const dialog = page.getByRole('dialog', { name: 'Rename or move' });
  await dialog.getByRole('textbox', { name: 'Path' }).fill('src/moved.txt');
  await page.keyboard.press('Enter');
  await item(/^moved\.txt 10 bytes/).waitFor();
  await tree.focus();
  await page.keyboard.press('Delete');
  await page.getByRole('dialog', { name: 'Delete moved.txt?' }).getByRole('button', { name: 'Delete' }).click();
  await item(/^moved\.txt/).waitFor({ state: 'detached' });
});

test('a long file opens at the line that its address names', async () => {
  const { page } = await openSession('?panel=file&path=poem.txt&line=250');
  const mark = panelOf(page).locator('[data-marked-line="250"]');
  await mark.waitFor({ state: 'attached' });
  await expect
    .poll(async () => {
      const box = await mark.boundingBox();
      return box !== null && box.y > 100 && box.y < WIDE.height;
    })
    .toBe(true);
});

test('between 700 and 1199 px it lies over the page, on a phone it is a sheet, and Escape closes both', async () => {
  for (const options of [{ width: 900 }, { phone: true }]) {
    const { page } = await openSession('', options);
    await toggleOf(page).click();
    const sheet = sheetOf(page);
    // One more was written by hand meanwhile.
    await sheet.getByText('3 files', { exact: true }).waitFor();
    const box = await sheet.boundingBox();
    const { width = 0, height = 0 } = page.viewportSize() ?? {};
    expect(box).toMatchObject({ y: 0, width: options.width === undefined ? width : 420, height });
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    await expect.poll(() => hasFocus(toggleOf(page))).toBe(true);
  }
});

test.for([
  ['beside the conversation', {}],
  ['as a sheet', { phone: true }],
] as const)('axe finds nothing against any tab %s', async ([, options]) => {
  const { page } = await openSession('?panel=changes', options);
  await page.getByText('3 files', { exact: true }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Files' }).click();
  await page.getByRole('treeitem', { name: /^poem\.txt/ }).click();
  await page.getByRole('group', { name: 'poem.txt' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('tab', { name: 'Output' }).click();
  await page.getByRole('link', { name: /seq/ }).click();
  await page.getByText('500 lines').waitFor();
  expect(await findViolations(page)).toEqual([]);
});

/** The vertical position of an element once it has stopped moving, in pixels. */
async function findPlace(one: Locator): Promise<number> {
  let last = Number.NaN;
  await expect
    .poll(
      async () => {
        const before = last;
        last = (await one.boundingBox())?.y ?? Number.NaN;
        return last - before;
      },
      { interval: 200 },
    )
    .toBe(0);
  return last;
}

test('a terminal runs beside the agent, is left by the keyboard, and is there again after a reload', async () => {
  const { page } = await openSession('?panel=terminal');
  const panel = panelOf(page);
  await panel.getByRole('button', { name: 'Open a terminal' }).click();
  const screen = panel.locator('.xterm-rows');
  await screen.getByText('workspace $').waitFor();
  await page.keyboard.type('wc -l poem.txt | tr " " =\n');
  await screen.getByText(/^\d+=poem\.txt/).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  expect(await hasFocus(panel.getByRole('button', { name: 'workspace' }))).toBe(true);
  await page.reload();
  await screen.getByText(/^\d+=poem\.txt/).waitFor();
  await panel.getByRole('button', { name: 'End this terminal' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End the terminal' }).click();
  await panel.getByText('No terminal is open').waitFor();
});

test('files are taken back to before a message after a look at what changes, and that is taken back', async () => {
  const chat = await openSession('?panel=changes');
  const { page } = chat;
  const all = panelOf(page).getByText(/^\d files$/);
  await all.waitFor();
  const dialog = page.getByRole('dialog', { name: 'Rewind to here' });
  const open = async () => {
    await chat.scrollToTurn('work');
    await page.getByRole('button', { name: 'More about this message' }).first().press('Enter');
    await page.getByRole('menuitem', { name: 'Rewind to here…' }).press('Enter');
    await dialog.getByText(/^\d files change:$/).waitFor();
  };
  await open();
  expect(await findViolations(page)).toEqual([]);
  await dialog.getByRole('radio', { name: 'Both' }).press('ArrowLeft');
  await dialog.getByRole('button', { name: 'Rewind the files' }).click();
  await panelOf(page).getByText('Nothing differs').waitFor();
  await page.getByRole('button', { name: /^Latest/ }).press('Enter');
  await chat.find(/^You took \d files back to an earlier state\.$/).waitFor();
  await page.getByRole('button', { name: 'Take back', exact: true }).press('Enter');
  const back = page.getByRole('dialog', { name: 'Take the rewind back' });
  await back.getByRole('button', { name: 'Take back' }).click();
  await all.waitFor();

  // Both, with one way back.
  await open();
  await dialog.getByRole('button', { name: 'Rewind both' }).click();
  await panelOf(page).getByText('Nothing differs').waitFor();
  await expect.poll(() => chat.composer.inputValue()).toBe('work');
  await chat.find(/^The conversation and \d files were rewound to here\.$/).waitFor();
  await page.getByRole('button', { name: 'Take back', exact: true }).press('Enter');
  await back.getByRole('button', { name: 'Take back' }).click();
  await all.waitFor();
  await chat.scrollToTurn('work');
  await chat.composer.fill('');

  await page.getByRole('button', { name: 'Edit and run again' }).first().press('Enter');
  await page.getByRole('checkbox', { name: /^Put files back too \d files have changed since$/ }).press('Space');
  await chat.conversation.getByText(/^\d files change:$/).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('textbox', { name: 'Edit your message' }).fill('say something');
  await page.getByRole('textbox', { name: 'Edit your message' }).press('Enter');
  await chat.find('Heard.').waitFor();
  await panelOf(page).getByText('Nothing differs').waitFor();
});
