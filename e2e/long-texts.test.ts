import { say, useTool, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { chatOf, waitPastStrayPresses, type Chat } from './support/chat.ts';
import { sharePage } from './support/share-page.ts';
import { openStage, type Stage } from './support/stage.ts';

const LENGTH = 840_000;
const PARAGRAPH = `Begin here. ${'of many words '.repeat(LENGTH / 14)}End there.`;
/** The number of characters that are rendered of one text without breaks. */
const MOST_SHOWN = 40_000;

const LINE_HEIGHT_PX = 26;

/** Slow enough that writing takes some seconds. */
const PACE = { chunkSize: 20_000, tokensPerSecond: 30_000 };

const scenarios: Scenario[] = [
  {
    match: { userText: 'paragraph' },
    reply: [say(PARAGRAPH, PACE)],
  },
  {
    match: { userText: 'line of output' },
    reply: [useTool('Bash', { command: `head -c 25000 /dev/zero | tr '\\0' x; touch made` }), say('Printed.')],
  },
];

let stage: Stage;
const visit = sharePage(() => stage);

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('a very long paragraph shows its first and last part, also while it is written', async () => {
  const chat = chatOf(await visit());
  await chat.say('a paragraph');
  // If the page is slower than the answer, the button is there already.
  await chat.find(/characters (are hidden until this part is finished|more)/).waitFor();
  expect(await countShown(chat)).toBeLessThan(MOST_SHOWN);
  await chat.waitUntilReady();
  expect(await countShown(chat)).toBeLessThan(MOST_SHOWN);
  await chat.find(/^Begin here\./).waitFor();
  await chat.find(/End there\.$/).waitFor();

  await chat.conversation.getByRole('button', { name: /^Show [\d,]+ characters more$/ }).press('Enter');
  await expect.poll(() => countShown(chat)).toBeGreaterThan(LENGTH);
});

test('a very long line of output shows its beginning, and all of it on demand', async () => {
  const chat = chatOf(await visit());
  await chat.say('a line of output');
  await waitPastStrayPresses(chat.approval);
  await chat.approval.getByRole('button', { name: 'Allow once' }).click();
  await chat.find('Printed.').waitFor();
  await chat.tool(/head -c/).click();
  const more = chat.conversation.getByRole('button', { name: 'Show 23,000 characters more' });
  await more.waitFor();
  await more.press('Enter');
  await expect.poll(() => countShown(chat)).toBeGreaterThan(25_000);
});

test('a long message counts the lines that come when it is opened, however they are broken', async () => {
  const chat = chatOf(await visit());
  const lines = Array.from({ length: 900 }, (_, index) => `Line ${index} ${'and more '.repeat(index % 10)}`);
  await chat.say(lines.join('\n'));
  const message = chat.conversation.getByRole('article').filter({ hasText: 'Line 0' });
  const more = message.getByRole('button', { name: /^Show [\d,]+ lines more$/ });
  await more.waitFor();
  const counted = Number(/[\d,]+/.exec(await more.innerText())?.[0].replace(',', ''));
  const before = await message.evaluate(({ clientHeight }) => clientHeight);
  await more.press('Enter');
  await message.getByRole('button', { name: 'Show less' }).waitFor();
  const after = await message.evaluate(({ clientHeight }) => clientHeight);
  expect(Math.abs((after - before) / LINE_HEIGHT_PX - counted)).toBeLessThanOrEqual(1);
});

async function countShown({ conversation }: Chat): Promise<number> {
  return ((await conversation.textContent()) ?? '').length;
}
