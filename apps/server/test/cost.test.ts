import { say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat } from './support/chat.ts';

it('counts what a turn has cost once, also when its process goes on from a hibernated one', async () => {
  await using model = await startScriptedModel({ scenarios: [{ reply: [say('Done.')] }] });
  await using server = await startServer({ upstreamUrl: model.url });
  await using chat = await openChat(server);
  await chat.say('one');
  await chat.waitForTurns(1);
  for (const action of ['archive', 'unarchive']) {
    await server.fetch(`/v1/sessions/${chat.sessionId}/${action}`, { method: 'POST' });
  }
  await chat.waitForEvent('session.process_hibernated');
  await chat.say('two');
  await chat.waitForTurns(2);
  const [first, second] = chat.eventsOf('session.turn_completed').map((event) => event.cost_usd);
  expect(first).toBeGreaterThan(0);
  // What the first turn has written into the prompt cache the second reads, which costs a fraction.
  expect(second).toBeLessThan((first ?? 0) / 2);
  expect(chat.eventsOf('session.usage').at(-1)?.cost_usd).toBeCloseTo((first ?? 0) + (second ?? 0), 6);
});
