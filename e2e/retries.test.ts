import { fail, say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { openStage, type Stage } from './support/stage.ts';

const scenarios: Scenario[] = [
  { match: { userText: 'busy' }, reply: [fail(429, { times: 1, retryAfterSeconds: 300 }), say('Made it.')] },
  { match: { userText: 'lost' }, reply: [fail(500, { times: 1 }), say('Found.')] },
  { match: { userText: 'refuse me' }, reply: [fail(401)] },
  { reply: [say('Hello.')] },
];

let stage: Stage;

beforeAll(async () => {
  // One failure is an outage.
  stage = await openStage({ scenarios, environment: { CLAUDE_SDK_PATTERN_BREAKER_FAILURES: '1' } });
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

/** What programs and operators see. */
async function expectOutage({ fetch }: Stage['server']): Promise<void> {
  const read = async (path: string) => (await fetch(path)).json();
  const before = await read('/v1/sessions');
  const message = { type: 'user.message', content: [{ type: 'text', text: 'Hello?' }] };
  const refused = await fetch('/v1/sessions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ initial_events: [message] }),
  });
  expect(refused.status).toBe(529);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ error: { type: 'overloaded_error' } });
  expect(await read('/v1/sessions')).toEqual(before);

  const ready = await fetch('/health/ready');
  expect([ready.status, await ready.json()]).toMatchObject([200, { status: 'degraded' }]);
  expect(await read('/api/v1/upstreams')).toMatchObject({ data: [{ state: 'open', retry_at: expect.any(String) }] });
  expect(await (await fetch('/metrics')).text()).toContain('csp_circuit_breaker_state{upstream="default"} 2');
  expect(await read('/api/v1/audit?action=upstream.open')).toMatchObject({ data: [{ target: { id: 'default' } }] });
}

test('an outage is told on every page until it ends; new messages are refused, and the turn that runs goes on', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('a lost model');
  await chat.status.getByText(/^The model API does not answer\. Next try in \d+ s$/).waitFor();
  const bannerOf = (each: Page) =>
    each.getByRole('status').getByText(/^The model API does not answer\. Next try at \d\d:\d\d:\d\d$/);
  await bannerOf(page).waitFor();
  const other = await stage.open({ beside: page });
  const { composer } = chatOf(other);
  await bannerOf(other).waitFor();
  await composer.fill('Hello?');
  await composer.press('Enter');
  await other.getByText(/Not sent/).waitFor();
  await other.getByText(/The model API does not answer\. Try again in \d+ s/).waitFor();
  expect(await composer.inputValue()).toBe('Hello?');
  await expectOutage(stage.server);

  await chat.status.getByRole('button', { name: 'Retry now' }).click();
  await chat.find('Found.').waitFor();
  for (const each of [page, other]) await bannerOf(each).waitFor({ state: 'detached' });
});
