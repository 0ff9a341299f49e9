import { say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';

/** Slow enough that the answer is unfinished when the server is killed. */
const STORY = `Once upon a time ${'and on and on '.repeat(200)}`;
const scenarios: Scenario[] = [
  { match: { userText: 'ended unexpectedly' }, reply: [say('Another telling, whole.')] },
  {
    match: { userText: 'story' },
    reply: [say(STORY, { tokensPerSecond: 10 })],
  },
];

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

test('the text of an unfinished answer stays, marked, when the server is killed, with the restart below it', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('tell me a story');
  await chat.find('Once upon a time').waitFor();
  const other = chatOf(await stage.open({ path: new URL(page.url()).pathname, beside: page }));
  await other.find('Once upon a time').waitFor();

  await stage.server.kill();
  await chat.status.getByText(/^Reconnecting… · last heard/).waitFor();
  await chat.find('Once upon a time').waitFor();
  await stage.server.restart();

  for (const tab of [chat, other]) {
    await tab.find('Another telling, whole.').waitFor();
    await tab.waitUntilReady();
    const text = await tab.conversation.innerText();
    const places = [
      'Once upon a time',
      'The answer was cut off here',
      'The agent process was restarted',
      'Another telling',
    ].map((part) => text.indexOf(part));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
  }

  // The journal records the restart, but not the unfinished text.
  await page.reload();
  await chat.find('The agent process was restarted. The server was restarted.').waitFor();
  expect(await chat.count('Once upon a time')).toBe(0);
  expect(stage.takeProblems()).toEqual([]);
});
