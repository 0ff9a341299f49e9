import { hang, say } from '@claude-sdk-pattern/scripted-model';
import { expect, it } from 'vitest';

import { openChat, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

let gate = Promise.withResolvers<void>();
const { model, server } = await useStage(
  [
    { match: { userText: 'take long' }, reply: () => [hang({ until: gate.promise }), say('Done at last.')] },
    { reply: [say('Done.')] },
  ],
  { CLAUDE_SDK_PATTERN_MAX_SESSIONS: '1' },
);

const CHOICE = { model: 'claude-haiku-4-5', permission_mode: 'plan' };

/** Which model was asked in the turn with these words, and whether it was told of the plan mode. */
function findRequest(words: string) {
  const request = model.requests.find(({ conversation }) => conversation?.userText.includes(words))?.conversation;
  return { model: request?.model, isPlanning: request?.contextText.includes('Plan mode is active') };
}

const choose = (chat: Chat) => chat.socket.request({ type: 'session.update', session_id: chat.sessionId, ...CHOICE });

it('serves the first turn with the model and the mode that were chosen while its process started', async () => {
  // Its creation starts its process: nobody has one.
  await using chat = await openChat(server);
  await chat.waitForEvent('session.process_starting');
  await Promise.all([choose(chat), chat.say('chosen while it starts')]);
  await chat.waitForTurns(1);
  expect(chat.eventsOf('session.process_ready')).toHaveLength(1);
  expect(findRequest('chosen while it starts')).toEqual({ model: CHOICE.model, isPlanning: true });
});

it('serves it so, too, when they were chosen while it waited for a place, and back', async () => {
  gate = Promise.withResolvers();
  await using busy = await openChat(server);
  await busy.say('take long');
  await busy.waitForEvent('span.model_request_start');
  await using chosen = await openChat(server);
  await using back = await openChat(server);
  for (const chat of [chosen, back]) {
    await chat.say(`waits in ${chat.sessionId}`);
    await chat.waitForEvent('session.process_queued');
    await choose(chat);
  }
  await back.socket.request({
    ...{ type: 'session.update', session_id: back.sessionId },
    ...{ model: 'default', permission_mode: 'default' },
  });
  gate.resolve();
  for (const chat of [chosen, back]) await chat.waitForTurns(1);
  expect(findRequest(chosen.sessionId)).toEqual({ model: CHOICE.model, isPlanning: true });
  expect(findRequest(back.sessionId).isPlanning).toBe(false);
  expect(findRequest(back.sessionId).model).not.toBe(CHOICE.model);
});
