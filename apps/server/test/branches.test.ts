import type { BranchPlace, BranchedReply } from '@claude-sdk-pattern/protocol';
import { say } from '@claude-sdk-pattern/scripted-model';
import { expect, it } from 'vitest';

import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const { server } = await useStage([{ reply: (conversation) => say(`You said: ${conversation.userTexts.join(', ')}`) }]);

const toMessage = (text: string) => ({ type: 'user.message', content: [{ type: 'text', text }] }) as const;

/** Sends a frame of the chat's session; its result, or the error. */
async function ask<T>(chat: Chat, frame: { type: string; id?: string } & Record<string, unknown>): Promise<T> {
  const answer = await chat.socket.request({ ...frame, session_id: chat.sessionId });
  if (answer.type !== 'reply') throw Object.assign(new Error(JSON.stringify(answer)), answer);
  return answer.result as T;
}

const edit = async (chat: Chat, eventId: string, text: string) =>
  (
    await ask<{ events: { id: string }[] }>(chat, {
      ...{ type: 'session.send', events: [toMessage(text)], instead_of: eventId },
    })
  ).events[0]?.id ?? '';

async function listPlaces(chat: Chat): Promise<BranchPlace[]> {
  const answer = await server.fetch(`/api/v1/sessions/${chat.sessionId}/branches`);
  return ((await answer.json()) as { data: BranchPlace[] }).data;
}

it('has the model see one branch only, over edits, switches, kills, rewinds and forks', async () => {
  await using chat = await openChat(server);
  const [a] = await chat.say('a');
  await chat.waitForTurns(1);
  const [b1] = await chat.say('b1');
  await chat.waitForTurns(2);
  const place = { head_seq: (b1?.seq ?? 0) - 1 };

  // Two people edit at once: one of them wins.
  const edits = await Promise.allSettled(['b2', 'b2'].map((text) => edit(chat, b1?.id ?? '', text)));
  const [b2] = edits.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const [refused] = edits.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
  expect(refused).toMatchObject({
    error: { message: expect.stringMatching(/is working|no part of the conversation/) },
  });
  await chat.waitForTurns(3);
  expect(textsOf(chat).at(-1)).toBe('You said: a, b2');
  expect(chat.eventsOf('session.branched')).toMatchObject([{ ...place, reason: 'edited', message_id: b1?.id }]);
  await expect(edit(chat, b1?.id ?? '', 'b3')).rejects.toThrow('no part of the conversation any more');

  const back = { type: 'session.switch', id: 'back', event_id: b1?.id ?? '' };
  const switched = await ask<BranchedReply>(chat, back);
  await server.kill();
  await server.restart();
  await using after = await openChat(server, { sessionId: chat.sessionId });
  expect(await ask(after, back)).toEqual(switched);
  await after.say('c');
  await after.waitForTurns(4);
  expect(textsOf(after).at(-1)).toBe('You said: a, b1, c');
  const places = [{ ...place, message_ids: [b1?.id, b2], current_id: b1?.id }];
  expect(await listPlaces(after)).toEqual(places);

  // Taken back, as if it had not been.
  expect(await ask(after, { type: 'session.rewind', event_id: b1?.id ?? '' })).toMatchObject(place);
  expect(await listPlaces(after)).toEqual([{ ...places[0], current_id: null }]);
  await ask(after, { type: 'session.switch', event_id: b1?.id ?? '' });
  expect(await listPlaces(after)).toEqual(places);
  const markdown = await (await server.fetch(`/api/v1/sessions/${chat.sessionId}/export?format=markdown`)).text();
  expect(markdown).toContain('> b1');
  expect(markdown).not.toContain('b2');

  await ask(after, { type: 'session.rerun', event_id: a?.id ?? '' });
  await after.waitForTurns(5);
  expect(textsOf(after).at(-1)).toBe('You said: a');
  expect(after.seqs).toEqual(after.seqs.map((_, index) => index + 1));

  const forked = await ask<{ session: { id: string } }>(after, { type: 'session.fork', after_event_id: b2 ?? '' });
  await using fork = await openChat(server, { sessionId: forked.session.id });
  await fork.say('d');
  await fork.waitForTurns(4);
  expect(textsOf(fork).at(-1)).toBe('You said: a, b2, d');
});
