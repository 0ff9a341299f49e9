import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';

/** The server's own demo, as it is after the first start. */
let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

test.each([
  ['Write a first file', 'Write a file'],
  ['Run a command', 'Run a command'],
  ['Plan something together', 'The agent has a question'],
])('the example "%s" leads to something to decide', async (example, heading) => {
  const page = await stage.open();
  const chat = chatOf(page);
  await page.getByRole('button', { name: example }).click();
  await chat.composer.press('Enter');
  await chat.approval.getByRole('heading', { name: heading }).waitFor();
});

test('an answer that was stopped goes on when it is continued', async () => {
  const chat = chatOf(await stage.open());
  await chat.say('tell me a long story');
  await chat.find('The little process').first().waitFor();
  await chat.stopButton.click();
  await chat.find('Stopped. Everything').waitFor();
  await chat.page.getByRole('button', { name: 'Continue' }).click();
  await chat.find('I begin that again.').waitFor();
});
