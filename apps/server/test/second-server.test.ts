import { hang, say, startScriptedModel } from '@claude-sdk-pattern/scripted-model';
import { startServer } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';

it('is refused a data directory that is in use, and leaves the agents of the first alone', async () => {
  const gate = Promise.withResolvers<void>();
  await using model = await startScriptedModel({
    scenarios: [{ reply: [[say('One half'), hang({ until: gate.promise }), say('and the other.')]] }],
  });
  await using first = await startServer({ upstreamUrl: model.url });
  await using chat = await openChat(first);
  await chat.say('go');
  await chat.socket.waitFor((frame) => frame.type === 'preview');
  const second = startServer({ upstreamUrl: model.url, dataDir: first.dataDir });
  await expect(second).rejects.toThrow('Another server uses the data directory');
  gate.resolve();
  await chat.waitForTurns(1);
  expect(textsOf(chat).join(' ')).toBe('One half and the other.');
  expect(chat.eventsOf('session.process_restarting')).toEqual([]);
});
