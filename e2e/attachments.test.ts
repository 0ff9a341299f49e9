import { say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findViolations } from './support/axe.ts';
import { chatOf } from './support/chat.ts';
import { startSlowProxy } from './support/slow-proxy.ts';
import { shareChat } from './support/share-chat.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

/** A one-pixel image. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const scenarios: Scenario[] = [{ reply: [({ userText }) => say(`Seen with: ${userText}.`)] }];

let stage: Stage;
const visit = sharePage(() => stage);
const joinChat = shareChat(visit);

beforeAll(async () => {
  stage = await openStage({ scenarios, environment: { CLAUDE_SDK_PATTERN_MAX_FILE_MB: '12' } });
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

const picture = { name: 'heron.png', mimeType: 'image/png', buffer: Buffer.from(PNG, 'base64') };
const notes = { name: 'notes.md', mimeType: 'text/markdown', buffer: Buffer.from('# Herons\n\nThree of them.\n') };
const attached = (page: Page) => page.getByRole('list', { name: 'Attached files' }).getByRole('listitem');

test('an image and a text, chosen with the button, reach the model and stay in the conversation', async () => {
  const page = await visit();
  const chat = chatOf(page);
  await choose(page, [picture, notes]);
  await attached(page).filter({ hasText: '70 bytes' }).waitFor();
  await attached(page).filter({ hasText: '25 bytes' }).waitFor();
  expect(await findViolations(page)).toEqual([]);
  await chat.say('What is on it?');
  await chat.find('Seen with: What is on it?.').waitFor();
  expect(await attached(page).count()).toBe(0);

  const request = await stage.model.waitForRequest(
    ({ conversation }) => conversation?.userText.includes('What is on it?') ?? false,
  );
  const sent = JSON.stringify(request.body?.messages);
  expect(sent).toContain(PNG);
  expect(sent).toContain('Three of them.');
  expect(sent).toContain('notes.md');

  await page.reload();
  await chat.conversation.getByRole('button', { name: 'Open heron.png' }).click();
  const dialog = page.getByRole('dialog', { name: 'heron.png' });
  await expect
    .poll(() =>
      dialog.getByRole('img', { name: 'heron.png' }).evaluate((element) => Reflect.get(element, 'naturalWidth')),
    )
    .toBe(1);
  expect(await findViolations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  const download = page.waitForEvent('download');
  await chat.conversation.getByRole('link', { name: 'notes.md' }).click();
  expect((await download).suggestedFilename()).toBe('notes.md');
});

test('an image can be pasted, a file dropped and one removed, and the remaining files survive a reload', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.composer.focus();
  await give(page, 'paste', picture);
  await attached(page).filter({ hasText: '70 bytes' }).waitFor();
  await give(page, 'drop', notes);
  await attached(page).filter({ hasText: '25 bytes' }).waitFor();
  await page.reload();
  await attached(page).filter({ hasText: 'notes.md' }).waitFor();
  await page.getByRole('button', { name: 'Remove notes.md' }).press('Enter');
  await attached(page).filter({ hasText: 'notes.md' }).waitFor({ state: 'detached' });
  expect(await chat.composer.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);

  // A message may consist of an image without any text.
  await chat.composer.press('Enter');
  await chat.conversation.getByRole('button', { name: 'Open heron.png' }).waitFor();
  await chat.waitUntilReady();
  expect(await attached(page).count()).toBe(0);
});

test('a file that is too large or of a kind that no model reads says so, and nothing is sent until it is gone', async () => {
  const chat = await joinChat();
  const { page } = chat;
  const uploads: string[] = [];
  page.on('request', (request) => {
    if (request.method() === 'POST' && (request.postDataBuffer()?.length ?? 0) > 1_000_000) uploads.push(request.url());
  });
  await choose(page, [
    { name: 'huge.txt', mimeType: 'text/plain', buffer: Buffer.alloc(12_600_000, 'x') },
    { name: 'program.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 1, 2, 3, 255, 254, 0]) },
  ]);
  await attached(page).filter({ hasText: 'huge.txt' }).getByText('Too large. A file can have 12 MB at most.').waitFor();
  expect(uploads, 'nothing is uploaded that the server would refuse').toEqual([]);
  await attached(page).filter({ hasText: 'program.bin' }).getByText('The agent cannot read this kind').waitFor();
  await chat.composer.fill('Look at these');
  expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
  expect(await findViolations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Remove huge.txt' }).click();
  await page.getByRole('button', { name: 'Remove program.bin' }).click();
  await chat.say('Look at these');
  await chat.find('Seen with: Look at these.').waitFor();
});

test('a text that is too long to send is said so at once, in the box or pasted, and goes as a file', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.composer.fill('Look at this');
  await page.evaluate(`{
    const transfer = new DataTransfer();
    transfer.setData('text/plain', 'a line of text\\n'.repeat(220_000));
    const options = { bubbles: true, cancelable: true, clipboardData: transfer };
    document.getElementById('composer').dispatchEvent(new ClipboardEvent('paste', options));
  }`);
  const note = page.getByRole('alert');
  await note.getByText('The pasted text is too long: 3.3 MB. The limit is 1 MB. It was not added.').waitFor();
  // The layout of this text in the box would block the page for seconds.
  expect(await chat.composer.inputValue()).toBe('Look at this');
  expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
  expect(await findViolations(page)).toEqual([]);
  await note.getByRole('button', { name: 'Attach as a file' }).click();
  await attached(page).filter({ hasText: 'pasted-text-1.txt' }).getByText('3.3 MB').waitFor();
  await page.getByRole('button', { name: 'Remove pasted-text-1.txt' }).click();

  // A quote takes two bytes in JSON, but one byte in a file.
  await chat.composer.fill('"'.repeat(600_000));
  await note.getByText('The message is too long: 1.2 MB. The limit is 1 MB.').waitFor();
  await note.getByRole('button', { name: 'Attach as a file' }).click();
  await attached(page).filter({ hasText: 'pasted-text-1.txt' }).getByText('600 KB').waitFor();
  expect(await chat.composer.inputValue()).toBe('');
  await chat.say('Now look');
  await chat.find('Seen with: Now look.').waitFor();
});

test('an upload shows its progress', async () => {
  await using line = await startSlowProxy(stage.server.url);
  const page = await stage.open({ path: `${line.url}/` });
  await chatOf(page).composer.waitFor();
  line.throttleUpload(200_000);
  await choose(page, [{ name: 'large.txt', mimeType: 'text/plain', buffer: Buffer.alloc(12_000_000, 'x') }]);
  await attached(page)
    .filter({ hasText: 'large.txt' })
    .getByText(/^Uploading… [1-9]\d? %$/)
    .waitFor();
  line.throttleUpload(Infinity);
  await attached(page).filter({ hasText: 'large.txt' }).getByText('12.0 MB').waitFor();
});

interface GivenFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

async function choose(page: Page, files: GivenFile[]): Promise<void> {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: 'Attach files' }).click();
  await (await chooser).setFiles(files);
}

/** Creates a clipboard or drag event with files, which Playwright cannot do. */
async function give(page: Page, how: 'paste' | 'drop', { name, mimeType, buffer }: GivenFile): Promise<void> {
  await page.evaluate(`{
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(${JSON.stringify(buffer.toString('base64'))}), (char) => char.charCodeAt(0));
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}, { type: ${JSON.stringify(mimeType)} }));
    const options = { bubbles: true, cancelable: true, clipboardData: transfer, dataTransfer: transfer };
    const event = new ${how === 'paste' ? 'ClipboardEvent' : 'DragEvent'}('${how}', options);
    document.getElementById('composer').dispatchEvent(event);
  }`);
}
