import { hang, say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { shareChat } from './support/share-chat.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const gate = Promise.withResolvers<void>();

const scenarios: Scenario[] = [
  { match: { userText: 'hold on' }, reply: [[say('I hold.'), hang({ until: gate.promise }), say('Let go.')]] },
  { match: { userText: 'stay' }, reply: [[say('I stay.'), hang()]] },
  { reply: [({ userTexts }) => say(`Heard ${userTexts.length}: ${userTexts.at(-1) ?? ''}.`)] },
];

let stage: Stage;
const visit = sharePage(() => stage);
const joinChat = shareChat(visit);

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('a message that is sent during a turn is shown as queued, can be moved back into the box, and then gets its turn', async () => {
  const page = await visit();
  const chat = chatOf(page);
  const waiting = (text: string) => page.getByRole('article', { name: 'Queued' }).filter({ hasText: text });
  await chat.say('hold on');
  await chat.find('I hold.').waitFor();
  for (const text of ['first', 'second', 'third']) {
    await chat.say(text);
    await waiting(text).waitFor();
  }

  await waiting('first').getByRole('button', { name: 'Take back' }).click();
  await waiting('first').waitFor({ state: 'detached' });
  await expect.poll(() => chat.composer.inputValue()).toBe('first');
  await chat.composer.fill('');
  await waiting('second').getByRole('button', { name: 'Take back' }).click();
  await waiting('second').waitFor({ state: 'detached' });
  await expect.poll(() => chat.composer.inputValue()).toBe('second');
  expect(await chat.composer.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
  await chat.say('second, better');
  await page.reload();
  await waiting('third').waitFor();
  await waiting('second, better').waitFor();
  // A queued message has not been said yet, so it is not recalled.
  await chat.composer.press('ArrowUp');
  await expect.poll(() => chat.composer.inputValue()).toBe('hold on');
  await chat.composer.fill('');

  gate.resolve();
  await chat.find('Heard 2: third.').waitFor();
  await chat.find('Heard 3: second, better.').waitFor();
  await chat.waitUntilReady();
  expect(await waiting('').count()).toBe(0);
});

test('on a phone the names of model and mode are whole, also while a turn runs', async () => {
  const page = await stage.open({ phone: true });
  const chat = chatOf(page);
  const countCut = () =>
    page
      .locator('#composer ~ div button[aria-haspopup="menu"] .truncate')
      .evaluateAll((labels) => labels.map(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth));
  await expect.poll(countCut).toEqual([false, false]);
  await chat.say('stay');
  await chat.find('I stay.').waitFor();
  await chat.composer.fill('a draft');
  await expect.poll(countCut).toEqual([false, false]);
});

test('a message that arrived while the page was reloaded is in the conversation, and not in the box as well', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('before');
  await chat.find('Heard 1: before.').waitFor();
  await chat.waitUntilReady();
  let isSilent = false;
  let sent = 0;
  await page.routeWebSocket(/\/ws/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((message) => {
      if (message.toString().includes('is it there?')) sent += 1;
      server.send(message);
    });
    server.onMessage((message) => {
      if (!isSilent) socket.send(message);
    });
  });
  await page.reload();
  await chat.waitUntilReady();

  isSilent = true;
  await chat.composer.fill('is it there?');
  await chat.composer.press('Enter');
  await chat.find('Sending…').waitFor();
  await expect.poll(() => sent).toBe(1);
  isSilent = false;
  await page.reload();
  await chat.find('Heard 2: is it there?.').waitFor();
  await expect.poll(() => chat.composer.inputValue()).toBe('');
  await page.reload();
  await chat.find('Heard 2: is it there?.').waitFor();
  expect(await chat.composer.inputValue()).toBe('');
});

test('a rewound message is in the box, and leaves it when the rewind is taken back', async () => {
  const page = await visit();
  const chat = chatOf(page);
  await chat.say('said once');
  await chat.find('Heard 1: said once.').waitFor();
  await chat.waitUntilReady();
  const rewind = async () => {
    await page.getByRole('button', { name: 'More about this message' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Rewind to here…' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Rewind the conversation' }).click();
    await chat.find('Heard 1: said once.').waitFor({ state: 'detached' });
    await expect.poll(() => chat.composer.inputValue()).toBe('said once');
  };
  const takeBack = async () => {
    await page.getByRole('button', { name: 'Take back', exact: true }).press('Enter');
    await chat.find('Heard 1: said once.').waitFor();
  };
  await rewind();
  await takeBack();
  await expect.poll(() => chat.composer.inputValue()).toBe('');

  // What was written to it is not lost.
  await rewind();
  await chat.composer.fill('said once more');
  await takeBack();
  expect(await chat.composer.inputValue()).toBe('said once more');
  await chat.composer.fill('');
});

test('drafts outlive a reload, each in its session', async () => {
  const page = await visit();
  const chat = chatOf(page);
  await chat.composer.fill('the draft of a new session');
  await page.reload();
  await expect.poll(() => chat.composer.inputValue()).toBe('the draft of a new session');
  await chat.composer.press('Enter');
  await chat.find('Heard 1: the draft of a new session.').waitFor();
  await chat.composer.fill('the draft of this one');
  await page.reload();
  await expect.poll(() => chat.composer.inputValue()).toBe('the draft of this one');
  await page.goto('/');
  await expect.poll(() => chat.composer.inputValue()).toBe('');
});

test('a message sent while the server is down stays in sight and arrives once when it is back', async () => {
  const page = await visit();
  const chat = chatOf(page);
  await chat.say('before');
  await chat.find('Heard 1: before.').waitFor();
  await chat.waitUntilReady();

  await stage.server.kill();
  await chat.status.getByText('Reconnecting…').waitFor();
  await page.getByRole('status').getByText('Reconnecting…', { exact: true }).waitFor();
  await chat.composer.fill('into the dark');
  await chat.composer.press('Enter');
  await page.getByText('Waiting for the connection. The message is sent when it is back.').waitFor();
  await page.getByRole('article', { name: 'Sending…' }).getByText('into the dark').waitFor();
  // The box can be used at once.
  await chat.composer.pressSequentially('and more');

  await stage.server.restart();
  await chat.find('Heard 2: into the dark.').waitFor({ timeout: 30_000 });
  expect(await chat.composer.inputValue()).toBe('and more');
  expect(await page.getByRole('article').filter({ hasText: 'into the dark' }).count()).toBe(1);
});

test('a tab that was closed while the server was down still has what was typed', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('before');
  await chat.find('Heard 1: before.').waitFor();
  // The server would continue a turn that the kill interrupted, with another answer.
  await chat.waitUntilReady();
  await stage.server.kill();
  await chat.composer.fill('typed, not sent');
  await chat.composer.press('Enter');
  const { pathname } = new URL(page.url());
  await page.close();
  await stage.server.restart();

  const again = chatOf(await stage.open({ path: pathname, beside: page }));
  await again.find('Heard 1: before.').waitFor();
  await expect.poll(() => again.composer.inputValue()).toBe('typed, not sent');
});

test('stopping keeps what was said, and offers to go on', async () => {
  const chat = await joinChat();
  const { page } = chat;
  await chat.say('stay');
  await chat.find('I stay.').waitFor();
  await page.keyboard.press('Control+.');
  await chat.find('Stopped. Everything').waitFor();
  await chat.conversation.getByRole('button', { name: 'Continue' }).click();
  await chat.find('Heard 2: Continue..').waitFor();
  expect(await chat.count('I stay.')).toBe(1);
});

test('a session that was stopped offers to go on, but not once it is archived', async () => {
  const chat = await joinChat();
  const { page } = chat;
  const said = await chat.count('I stay.');
  await chat.say('stay');
  await expect.poll(() => chat.count('I stay.')).toBeGreaterThan(said);
  await page.getByRole('button', { name: 'Stop' }).click();
  const goOn = page.getByRole('button', { name: 'Continue' });
  await goOn.waitFor();
  const sessionId = page.url().split('/').at(-1) ?? '';
  const answer = await stage.server.fetch(`/v1/sessions/${sessionId}/archive`, { method: 'POST' });
  expect(answer.ok).toBe(true);
  await page.getByText('This session is archived.').waitFor();
  await goOn.waitFor({ state: 'detached' });
});

test('a changed message begins another branch, to which one can go back, and a link leads to a message', async () => {
  const page = await visit();
  const chat = chatOf(page);
  const messageOf = (text: string) => chat.conversation.getByRole('article').filter({ hasText: text });
  const box = page.getByRole('textbox', { name: 'Edit your message' });
  const edit = (text: string) => messageOf(text).getByRole('button', { name: 'Edit and run again' });
  for (const [count, text] of ['alpha', 'beta'].entries()) {
    await chat.say(text);
    await chat.find(`Heard ${count + 1}: ${text}.`).waitFor();
    await chat.waitUntilReady();
  }
  await edit('beta').click();
  await box.fill('given up');
  await box.press('Escape');
  await expect
    .poll(() => edit('beta').evaluate((element) => element === element.ownerDocument.activeElement))
    .toBe(true);
  await edit('beta').press('Enter');
  await expect.poll(() => box.inputValue()).toBe('beta');
  await box.fill('gamma');
  await box.press('Enter');
  await chat.find('Heard 2: gamma.').waitFor();
  await chat.waitUntilReady();
  expect(await chat.count('beta')).toBe(0);

  await page.getByRole('group', { name: 'Branch 2 of 2' }).getByRole('button').first().press('ArrowLeft');
  await chat.find('Heard 2: beta.').waitFor();
  expect(await chat.count('gamma')).toBe(0);
  const first = page.getByRole('group', { name: 'Branch 1 of 2' });
  await expect
    .poll(() => first.evaluate((element) => element.contains(element.ownerDocument.activeElement)))
    .toBe(true);

  await messageOf('beta').getByRole('button', { name: 'More about this message' }).press('Enter');
  await page.getByRole('menuitem', { name: 'Rewind to here…' }).press('Enter');
  await page
    .getByText('Only the conversation goes back')
    .or(page.getByText('The files are as they were then.'))
    .waitFor();
  await page.getByRole('button', { name: 'Rewind the conversation' }).click();
  await expect.poll(() => chat.composer.inputValue()).toBe('beta');
  await expect.poll(() => chat.count('Heard 2')).toBe(0);
  await page.getByRole('button', { name: 'Take back' }).press('Enter');
  await chat.find('Heard 2: beta.').waitFor();
  await chat.composer.fill('');

  const row = chat.conversation.locator('[data-row]:has(article)').filter({ hasText: 'alpha' });
  await page.goto(`${page.url()}?event=${(await row.getAttribute('data-row')) ?? ''}`);
  await expect.poll(() => row.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
});
