import { breakStream, fail, say, useTool } from '@claude-sdk-pattern/scripted-model';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { waitForCli } from './support/agents-of.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const SLOW = { tokensPerSecond: 50 };
const ANSWER = 'Half of it, and then all the rest of what there is to say.';
const LONG = 'for i in $(seq 300); do sleep 1; done';

const { model, server } = await useStage(
  [
    {
      match: { userText: 'always cut off' },
      reply: [[breakStream({ afterChunks: 3 }), say(ANSWER, SLOW)]],
    },
    { match: { userText: 'inside the subagent', subagent: true }, reply: [fail(400, { message: 'no such thing' })] },
    {
      match: { userText: 'delegate' },
      reply: [
        useTool('Agent', { description: 'Look', prompt: 'inside the subagent', subagent_type: 'general-purpose' }),
        say('It could not, so I did.'),
      ],
    },
    { match: { userText: 'talk without end' }, reply: [say('and so on '.repeat(50_000), SLOW)] },
    { match: { userText: 'greet' }, reply: [say('Hello.')] },
    { match: { userText: 'ended unexpectedly' }, reply: [say('I go on.')] },
    { match: { userText: 'work for long' }, reply: [useTool('Bash', { command: LONG }), say('Worked.')] },
  ],
  { CLAUDE_SDK_PATTERN_MODEL_MAX_RETRIES: '1' },
);

const openFreeChat = () => openChat(server, { session: { permission_mode: 'bypassPermissions' } });

/** Previews that no event has ended. */
const openPreviews = (chat: Chat) => {
  const begun = chat.socket.frames.flatMap((frame) =>
    frame.type === 'preview' && frame.event.type === 'event_start' ? [frame.event.event.id] : [],
  );
  return begun.filter((id) => !chat.events.some((event) => event.id === id));
};

it('keeps what was streamed before the model was given up, marked as cut off', async () => {
  await using chat = await openChat(server);
  await chat.say('always cut off');
  await chat.waitForTurns(1);
  expect(chat.eventsOf('agent.message').map((event) => event.cut_off)).toEqual([true, true]);
  expect(textsOf(chat).every((text) => text !== '' && ANSWER.startsWith(text))).toBe(true);
  expect(openPreviews(chat)).toEqual([]);
  expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('retries_exhausted');
});

it('ends a turn well that has answered after an error', async () => {
  await using chat = await openFreeChat();
  await chat.say('delegate');
  await chat.waitForTurns(1);
  expect(chat.eventsOf('session.error').map(({ error }) => error.retry_status.type)).toContain('exhausted');
  expect(textsOf(chat).at(-1)).toBe('It could not, so I did.');
  expect(chat.eventsOf('session.turn_completed').at(-1)?.outcome).toBe('completed');
  expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('end_turn');
});

const expectCutOffCall = (chat: Chat) => {
  const results = chat.eventsOf('agent.tool_result').slice(0, 1);
  expect(results).toMatchObject([
    { is_error: true, cut_off: true, tool_use_id: chat.eventsOf('agent.tool_use')[0]?.id },
  ]);
  expect(JSON.stringify(results[0]?.content)).toContain('was cut off');
};

it('gives a call whose process was killed a result that says so', async () => {
  await using chat = await openFreeChat();
  await chat.say('work for long');
  await chat.waitForEvent('agent.tool_use');
  process.kill((await waitForCli(server, chat.sessionId)).pid, 'SIGKILL');
  await chat.waitForEvent('agent.tool_result');
  expectCutOffCall(chat);
  await chat.send({ type: 'user.interrupt' });
  await chat.waitForTurns(1);
});

it('gives a call whose server was killed a result that says so', async () => {
  await using before = await openFreeChat();
  await before.say('work for long');
  await before.waitForEvent('agent.tool_use');
  await server.kill('SIGKILL');
  await server.restart();
  await using chat = await openChat(server, { sessionId: before.sessionId });
  await chat.waitForEvent('agent.tool_result');
  expectCutOffCall(chat);
  // It may begin the call anew: the agent had perhaps not received the message.
  await chat.send({ type: 'user.interrupt' });
  await chat.waitForTurns(1);
  const spans = chat.eventsOf('span.model_request_start').map(({ id }) => id);
  expect(chat.eventsOf('span.model_request_end').map((event) => event.model_request_start_id)).toEqual(spans);
});

it('asks the model nothing of a message whose cold start was stopped', async () => {
  await using chat = await openFreeChat();
  await chat.say('greet');
  await chat.waitForTurns(1);
  for (const action of ['archive', 'unarchive']) {
    await server.fetch(`/v1/sessions/${chat.sessionId}/${action}`, { method: 'POST' });
  }
  await chat.waitForEvent('session.process_hibernated');
  await chat.say('stopped before it began');
  await chat.send({ type: 'user.interrupt' });
  // The turn ends when its process is gone.
  await chat.waitForTurns(2);
  expect(chat.eventsOf('session.turn_completed').at(-1)?.outcome).toBe('interrupted');
  const asked = model.requests.flatMap(({ conversation }) => conversation?.userTexts ?? []);
  expect(asked.filter((text) => text.includes('stopped before it began'))).toEqual([]);
});

it('ends an interrupted turn while the model still writes, and closes its answer', async () => {
  await using chat = await openFreeChat();
  const outcomes = () =>
    model.requests
      .filter(({ conversation }) => conversation?.userTexts.some((text) => text.includes('talk without end')))
      .map(({ outcome }) => outcome);
  await chat.say('talk without end');
  await until('the model writes', () => openPreviews(chat).length > 0);
  expect(outcomes()).toContain('running');
  await chat.send({ type: 'user.interrupt' });
  await chat.waitForTurns(1);
  expect(outcomes()).not.toContain('finished');
  expect(chat.eventsOf('session.turn_completed')[0]?.outcome).toBe('interrupted');
  await until('nobody takes the answer any more', () => !outcomes().includes('running'));
  expect(outcomes()).not.toContain('finished');
  await chat.say('greet');
  await chat.waitForTurns(2);
  expect(textsOf(chat).at(-1)).toBe('Hello.');
});
