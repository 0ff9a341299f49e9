import { hang, say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { chatOf } from './support/chat.ts';
import { startSlowProxy, type SlowProxy } from './support/slow-proxy.ts';
import { openStage, type Stage } from './support/stage.ts';

const gate = Promise.withResolvers<void>();
/** At the throttled rate this text takes minutes, and it is a single event. */
const LONG = Array.from({ length: 2000 }, (_, line) => `Line ${line} of a long report.`).join('\n\n');
const SLOW_BYTES_PER_SECOND = 2000;

const scenarios: Scenario[] = [
  {
    match: { userText: 'half' },
    reply: [[say('The first half.'), hang({ until: gate.promise }), say('\n\nThe second half.')]],
  },
  { match: { userText: 'report' }, reply: [say(`${LONG}\n\nThe end.`)] },
  { reply: [({ userText }) => say(`Heard: ${userText}.`)] },
];

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

test('two browsers see the same at the same time, and one on a slow line never delays the other', async () => {
  const near = await stage.open();
  const here = chatOf(near);
  await here.say('First half, please');
  await here.find('The first half.').waitFor();
  const far = await stage.open({ path: `${line.url}${new URL(near.url()).pathname}` });
  const there = chatOf(far);
  const sameOnBoth = async () => {
    const texts = () => Promise.all([here, there].map(({ conversation }) => conversation.innerText()));
    await until('both show the same', async () => new Set(await texts()).size === 1);
  };
  // During the message, both browsers have its text so far.
  await there.find('The first half.').waitFor();
  expect(await there.find('The second half.').count()).toBe(0);
  gate.resolve();
  await Promise.all([here.find('The second half.').waitFor(), there.find('The second half.').waitFor()]);
  await Promise.all([here.waitUntilReady(), there.waitUntilReady()]);
  await sameOnBoth();

  await there.say('said from over there');
  await here.find('Heard: said from over there.').waitFor();
  await there.waitUntilReady();

  line.throttle(SLOW_BYTES_PER_SECOND);
  await here.say('The report, please');
  await here.find('The end.').waitFor();
  await here.waitUntilReady();
  await here.say('and on');
  await here.find('Heard: and on.').waitFor();
  expect(await there.find('The end.').count()).toBe(0);

  line.throttle(Infinity);
  await there.find('Heard: and on.').waitFor();
  await Promise.all([here.waitUntilReady(), there.waitUntilReady()]);
  await sameOnBoth();
  expect(stage.takeProblems()).toEqual([]);
});
