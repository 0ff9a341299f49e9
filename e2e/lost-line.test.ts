import { hang, say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { startSlowProxy, type SlowProxy } from './support/slow-proxy.ts';
import { openStage, type Stage } from './support/stage.ts';

const scenarios: Scenario[] = [{ match: { userText: 'stay' }, reply: [[say('I stay.'), hang()]] }];
/** Stops all data without closing a connection. */
const AS_GOOD_AS_DEAD = 0.001;

let stage: Stage;
let line: SlowProxy;

beforeAll(async () => {
  stage = await openStage({ scenarios });
  line = await startSlowProxy(stage.server.url);
});
afterAll(async () => {
  await line?.[Symbol.asyncDispose]();
  await stage?.[Symbol.asyncDispose]();
});

test('a lost network is shown at once, animations and counters stop, and a return catches up', async () => {
  const page = await stage.open();
  const chat = chatOf(page);
  await chat.say('stay');
  await chat.find('I stay.').waitFor();
  await chat.status.getByText(/^Working/).waitFor();

  await page.context().setOffline(true);
  await chat.status.getByText(/^Reconnecting… Your agent keeps working · last heard \d+ s ago$/).waitFor();
  const turning = page.locator('.anim-turn, .anim-pulse');
  for (const shape of await turning.all())
    expect(
      await shape.evaluate(
        (element) => element.ownerDocument.defaultView?.getComputedStyle(element).animationPlayState,
      ),
    ).toBe('paused');
  expect(await chat.status.getByText(/^Working/).count()).toBe(0);

  await page.context().setOffline(false);
  await chat.status.getByText(/^Back online\. Caught up · Working/).waitFor();
  await chat.status.getByText(/^Working/).waitFor();
  await chat.stopButton.click();
  await chat.find('Stopped. Everything').waitFor();
  expect(stage.takeProblems()).toEqual([]);
});

test('a silent connection is shown as lost, without a claim that the agent keeps working', async () => {
  const page = await stage.open({ path: `${line.url}/` });
  const chat = chatOf(page);
  await chat.say('stay');
  await chat.find('I stay.').waitFor();
  line.throttle(AS_GOOD_AS_DEAD);
  await chat.status.getByText(/^Reconnecting… · last heard \d+ s ago$/).waitFor();

  // The page reconnects on its own, perhaps before "Reconnect now" can be pressed.
  line.throttle(Infinity);
  await chat.status.getByText(/^Working/).waitFor();
  expect(stage.takeProblems()).toEqual([]);
});
