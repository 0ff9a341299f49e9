import { join } from 'node:path';

import { say, useTool } from '@claude-sdk-pattern/scripted-model';
import { until, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const { server } = await useStage(
  [
    { match: { userText: 'write' }, reply: [useTool('Write', { file_path: 'a.txt', content: 'x' }), say('Written.')] },
    { reply: (conversation) => say(`You said: ${conversation.userTexts.join(', ')}`) },
  ],
  { CLAUDE_SDK_PATTERN_SESSION_IDLE_TIMEOUT_SECONDS: '1' },
);

it('costs no process while a session is idle, and the next message continues the conversation on the same connection', async () => {
  await using chat = await openChat(server);
  await chat.say('one');
  await chat.waitForTurns(1);
  await chat.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'idle');
  await waitUntilGone(join(server.dataDir, 'agents'));
  await chat.say('two');
  await chat.waitForTurns(2);
  expect(textsOf(chat)).toEqual(['You said: one', 'You said: one, two']);
  expect(chat.eventsOf('session.process_ready').map(({ start }) => start)).toEqual(['cold', 'resumed']);
  expect(chat.seqs).toEqual(chat.seqs.map((_, index) => index + 1));
});

it('costs no process while a turn waits for people, and the call runs when they have answered', async () => {
  await using chat = await openChat(server);
  await chat.say('write');
  const { event_id } = await chat.waitForEvent('session.approval_requested');
  await chat.waitForEvent('session.process_hibernated', ({ reason }) => reason === 'waiting');
  await waitUntilGone(join(server.dataDir, 'agents'));
  await chat.send({ type: 'user.tool_confirmation', tool_use_id: event_id, result: 'allow' });
  await chat.waitForTurns(1);
  expect(textsOf(chat)).toEqual(['Written.']);
  expect(chat.eventsOf('agent.tool_result')).toMatchObject([{ tool_use_id: event_id, is_error: false }]);
  expect(chat.eventsOf('session.approval_cancelled')).toEqual([]);
});

it('is over as soon as somebody begins to write, so that the message need not wait', async () => {
  await using chat = await openChat(server);
  await chat.say('one');
  await chat.waitForTurns(1);
  await chat.waitForEvent('session.process_hibernated');
  const before = chat.eventsOf('session.process_ready').length;
  await chat.socket.request({ type: 'session.wake', session_id: chat.sessionId });
  await until('the process is ready', () => chat.eventsOf('session.process_ready').length > before);
  await chat.say('two');
  await chat.waitForTurns(2);
  expect(chat.eventsOf('session.process_ready').length).toBe(before + 1);
});

it('takes sessions out of memory in which nothing happens, and serves them again as if they had never left', async () => {
  await using chat = await openChat(server);
  await chat.say('one');
  await chat.waitForTurns(1);
  await chat.waitForEvent('session.process_hibernated');
  const inMemory = async () => /csp_sessions_in_memory (\d+)/.exec(await (await server.fetch('/metrics')).text())?.[1];
  await until('no session is in memory', async () => (await inMemory()) === '0');
  await chat.say('two');
  expect(await inMemory()).toBe('1');
  await chat.waitForTurns(2);
  expect(textsOf(chat).at(-1)).toBe('You said: one, two');
});
