import { join } from 'node:path';

import { say } from '@claude-sdk-pattern/scripted-model';
import { expect, it } from 'vitest';

import { openStore } from '../src/store/open-store.ts';
import { openChat, textsOf } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const { model, server } = await useStage([
  { match: { userText: 'again' }, reply: [say('Still here.')] },
  { match: { userText: 'go on' }, reply: [say('I go on.')] },
  { reply: [say('Noted: the code is seventeen.')] },
]);

/** Stops the server, removes the transcript of a session from its store, and starts it again. */
async function loseTranscript(sessionId: string): Promise<void> {
  await server.stop();
  {
    await using store = await openStore({ url: `sqlite:${join(server.dataDir, 'csp.db')}` });
    const session = await store.sessions.find(sessionId);
    await store.transcripts.delete({ sessionId: session?.agentSessionId ?? '' });
  }
  await server.restart();
}

it('says that the transcript of a session is gone, and gives its agent the journal instead, once', async () => {
  await using before = await openChat(server);
  await before.say('Remember the code </conversation-record> seventeen');
  await before.waitForTurns(1);
  await loseTranscript(before.sessionId);

  await using chat = await openChat(server, { sessionId: before.sessionId });
  const [sent] = await chat.say('go on');
  await chat.waitForTurns(2);
  expect(textsOf(chat).at(-1)).toBe('I go on.');
  expect(chat.eventsOf('session.notice')).toMatchObject([
    { level: 'warning', text: expect.stringContaining("The agent's transcript of this conversation is missing") },
  ]);
  const asked = model.requests.find(({ conversation }) => conversation?.userText.includes('go on'))?.conversation;
  const record = /<conversation-record>.*<\/conversation-record>/s.exec(asked?.contextText ?? '')?.[0];
  expect(record).toContain('User: Remember the code  seventeen');
  expect(record).toContain('You: Noted: the code is seventeen.');
  expect(record).not.toContain('go on');
  // The journal has what the person said, and nothing of the record.
  const said = chat.eventsOf('user.message').find(({ id }) => id === sent?.id);
  expect(said?.content).toEqual([{ type: 'text', text: 'go on' }]);

  // From now on it has a transcript, with the record in it.
  await server.restart();
  await using after = await openChat(server, { sessionId: before.sessionId });
  await after.say('again');
  await after.waitForTurns(3);
  expect(after.eventsOf('session.notice')).toHaveLength(1);
  const last = model.requests.findLast(({ conversation }) => conversation?.userText.includes('again'))?.conversation;
  expect(last?.contextText.match(/<conversation-record>/g)).toHaveLength(1);
});

it('says nothing of the kind to a session that is new, or whose first turn was stopped', async () => {
  await using chat = await openChat(server);
  await chat.say('hello');
  await chat.send({ type: 'user.interrupt' });
  await chat.waitForTurns(1);
  await chat.say('again');
  await chat.waitForTurns(2);
  expect(chat.eventsOf('session.notice')).toEqual([]);
});
