import { hang, say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findViolations } from './support/axe.ts';
import { chatOf } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';

const gate = Promise.withResolvers<void>();

const scenarios: Scenario[] = [
  { match: { userText: 'hold on' }, reply: [[say('I hold.'), hang({ until: gate.promise }), say('Let go.')]] },
  { reply: [({ userText }) => say(`Heard: ${userText}.`)] },
];

let stage: Stage;

beforeAll(async () => {
  const environment = { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1', CLAUDE_SDK_PATTERN_QUEUE_TIMEOUT_SECONDS: '8' };
  stage = await openStage({ scenarios, environment });
});
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('without capacity a session shows its place in the queue, then the failure, and continues on request', async () => {
  const busy = chatOf(await stage.open());
  await busy.say('hold on');
  await busy.find('I hold.').waitFor();

  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('my question');
  await chat.status.getByText('Queued · 1st in line', { exact: true }).waitFor();
  await page.getByRole('link', { name: /my question.*Queued/ }).waitFor();
  await chat.find('The server was too busy for this turn').waitFor({ timeout: 30_000 });
  await chat.find('Your message is saved').waitFor();
  const again = chat.status.getByRole('button', { name: 'Try again' });
  await again.waitFor();
  expect(await findViolations(page)).toEqual([]);

  gate.resolve();
  await busy.waitUntilReady();
  await again.click();
  await chat.find('Please try again.').first().waitFor();
  await chat.waitUntilReady();
  // The message that was queued for lack of capacity was sent with the next one.
  const request = await stage.model.waitForRequest(
    ({ conversation }) => conversation?.userTexts.some((text) => text.includes('Please try again.')) ?? false,
  );
  expect(JSON.stringify(request.body?.messages)).toContain('my question');
  expect(stage.takeProblems()).toEqual([]);
});
