import { hang, say, startScriptedModel, type ScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';

let gate = Promise.withResolvers<void>();
let model: ScriptedModel;
let server: TestServer;

beforeAll(async () => {
  model = await startScriptedModel({
    scenarios: [
      { match: { userText: 'take long' }, reply: () => [hang({ until: gate.promise }), say('Done at last.')] },
      { reply: [say('Done.')] },
    ],
  });
  server = await startServer({
    upstreamUrl: model.url,
    environment: { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1', CLAUDE_SDK_PATTERN_PREWARM_POOL_SIZE: '0' },
  });
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model.close();
});

it('gives the place of a session to one that waits as soon as its turn is over', async () => {
  gate = Promise.withResolvers();
  await using busy = await openChat(server);
  await using waiting = await openChat(server);
  await busy.say('take long');
  await busy.waitForEvent('span.model_request_start');
  await waiting.say('hello');
  expect(await waiting.waitForEvent('session.process_queued')).toMatchObject({ position: 1 });
  gate.resolve();
  await busy.waitForTurns(1);
  await waiting.waitForTurns(1);
  expect(textsOf(busy)).toEqual(['Done at last.']);
  expect(textsOf(waiting)).toEqual(['Done.']);
  await busy.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'capacity');
});

it('ends a turn that waits for a place when a person interrupts it, and keeps its message for the next', async () => {
  gate = Promise.withResolvers();
  await using busy = await openChat(server);
  await using waiting = await openChat(server);
  await busy.say('take long');
  await busy.waitForEvent('span.model_request_start');
  await waiting.say('hello');
  await waiting.waitForEvent('session.process_queued');
  await waiting.send({ type: 'user.interrupt' });
  await waiting.waitForTurns(1);
  expect(waiting.eventsOf('session.turn_completed')[0]).toMatchObject({ outcome: 'interrupted' });
  expect(busy.eventsOf('session.turn_completed')).toEqual([]);
  gate.resolve();
  await busy.waitForTurns(1);
  await waiting.say('hello again');
  await waiting.waitForTurns(2);
});
