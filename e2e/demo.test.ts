import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';

/** Where the server is reached: below a path, as beside other programs of one host name. */
const ADDRESS = 'http://127.0.0.1/agents';
/** The server's own demo, as it is after the first start. */
let stage: Stage;

/** Opens a page that tells of every request that leaves the path. */
async function openBelowPath() {
  const page = await stage.open({ path: '/agents/' });
  const strays: string[] = [];
  page.on('request', (request) => {
    const { protocol, pathname } = new URL(request.url());
    if (protocol.startsWith('http') && !pathname.startsWith('/agents/')) strays.push(request.url());
  });
  return { page, strays };
}

beforeAll(async () => {
  stage = await openStage({ environment: { CLAUDE_SDK_PATTERN_PUBLIC_URL: ADDRESS } });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

test.each([
  ['Write a first file', 'Write a file'],
  ['Run a command', 'Run a command'],
  ['Plan something together', 'The agent has a question'],
])('the example "%s" leads to something to decide', async (example, heading) => {
  const { page, strays } = await openBelowPath();
  const chat = chatOf(page);
  await page.getByRole('button', { name: example }).click();
  await chat.composer.press('Enter');
  await chat.approval.getByRole('heading', { name: heading }).waitFor();
  expect(new URL(page.url()).pathname).toMatch(/^\/agents\/sessions\/sesn_/);
  expect(strays).toEqual([]);
});

test('an answer that was stopped goes on when it is continued', async () => {
  const { page, strays } = await openBelowPath();
  const chat = chatOf(page);
  await chat.say('tell me a long story');
  await chat.find('The little process').first().waitFor();
  await chat.stopButton.click();
  await chat.find('Stopped. Everything').waitFor();
  await chat.page.getByRole('button', { name: 'Continue' }).click();
  await chat.find('I begin that again.').waitFor();

  // What is no request of the page's own: loaded anew at a deep address, and led on by a link.
  await page.reload();
  await chat.find('I begin that again.').waitFor();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.waitForURL(/\/agents\/settings$/);
  expect(strays).toEqual([]);
});
