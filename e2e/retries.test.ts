import { fail, say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';

const scenarios: Scenario[] = [
  { match: { userText: 'busy' }, reply: [fail(529, { times: 1, retryAfterSeconds: 300 }), say('Made it.')] },
  { match: { userText: 'refuse me' }, reply: [fail(401)] },
  { reply: [say('Hello.')] },
];

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ scenarios });
});
afterEach(() => expect(stage.takeProblems()).toEqual([]));
afterAll(async () => stage?.[Symbol.asyncDispose]());

test('a wait for another try counts down alike in every tab, and can be ended in any', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('a busy model');
  await chat.status.getByText(/^Claude is busy\. Retrying in 4 min \d+ s \(1 of \d+\)$/).waitFor();
  const other = chatOf(await stage.open({ path: new URL(page.url()).pathname, beside: page }));
  await other.status.getByText(/^Claude is busy\. Retrying in 4 min \d+ s \(1 of \d+\)$/).waitFor();

  await other.status.getByRole('button', { name: 'Retry now' }).click();
  await chat.find('Made it.').waitFor();
  await Promise.all([chat.waitUntilReady(), other.waitUntilReady()]);
});

test('a refused key is reported once, and an administrator is told where to look', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('refuse me');
  await chat.find('Check the key in').waitFor();
  await chat.find('ANTHROPIC_API_KEY').waitFor();
  await chat.status.getByText('Stopped. Nothing lost', { exact: true }).waitFor();
  await chat.status.getByRole('button', { name: 'Continue' }).waitFor();
  expect(await chat.count('Stopped')).toBe(0);
  expect(await chat.count('operator')).toBe(0);
  expect(await chat.count('refuses')).toBe(1);
});
