import { rm } from 'node:fs/promises';

import { breakStream, fail, hang, say, type Scenario } from '@claude-sdk-pattern/scripted-model';
import { startServer, waitUntilGone } from '@claude-sdk-pattern/testkit';
import { beforeAll, describe, expect, it } from 'vitest';

import { findAgentDir } from './support/agents-of.ts';
import { openChat, textsOf, type Chat } from './support/chat.ts';
import { useStage } from './support/use-stage.ts';

const scenarios: Scenario[] = [
  { match: { userText: 'my name is' }, reply: [say('Nice to meet you.')] },
  {
    match: { userText: 'what is my name' },
    reply: (conversation) =>
      say(conversation.userTexts.some((text) => text.includes('Ada')) ? 'You are Ada.' : 'I do not know.'),
  },
  { match: { userText: 'ended unexpectedly' }, reply: [say('Went on after the restart.')] },
  { match: { userText: 'hang now' }, reply: [[say('Thinking'), hang()]] },
  { match: { userText: 'hang' }, reply: [[say('Thinking about'), hang({ times: 1 }), say(' it is done.')]] },
  { match: { userText: 'never answered' }, reply: [say('Answered.')] },
  { match: { userText: 'passing 429' }, reply: [fail(429, { times: 1 }), say('It has passed.')] },
  { match: { userText: 'passing 500' }, reply: [fail(500, { times: 1 }), say('It has passed.')] },
  { match: { userText: 'passing 529' }, reply: [fail(529, { times: 1 }), say('It has passed.')] },
  { match: { userText: 'passing break' }, reply: [[breakStream({ times: 1 }), say('It has passed.')]] },
  { match: { userText: 'lasting 529' }, reply: [fail(529)] },
];

const { model, server } = await useStage(scenarios, {
  ANTHROPIC_API_KEY: 'sk-upstream',
  // Failures of one test are not those of another.
  CLAUDE_SDK_PATTERN_BREAKER_FAILURES: '0',
});

/** How often the model was asked with these words in the conversation's last turn. */
const timesInContext = (text: string) => {
  const last = model.requests
    .filter((request) => request.conversation?.userTexts.some((each) => each.includes(text)))
    .at(-1);
  return last?.conversation?.userTexts.filter((each) => each.includes(text)).length;
};

/** One kill serves the tests of all three. */
async function killWithThreeSessions() {
  await using named = await openChat(server);
  await using cut = await openChat(server);
  await using unanswered = await openChat(server);
  await named.say('my name is Ada');
  await named.waitForTurns(1);
  const folder = await findAgentDir(server, named.sessionId);
  await cut.say('please hang here');
  await cut.socket.waitFor((frame) => frame.type === 'preview' && frame.event.type === 'event_delta');
  await unanswered.say('never answered yet');

  await server.kill('SIGKILL');
  await rm(folder, { recursive: true });
  await server.restart();
  return { named, cut, unanswered, seqs: named.seqs.length };
}

describe('after the server was killed', () => {
  let before: Awaited<ReturnType<typeof killWithThreeSessions>>;
  beforeAll(async () => {
    before = await killWithThreeSessions();
  });

  it('keeps a session and its history, and goes on even with the agent’s own folder gone', async () => {
    await using after = await openChat(server, { sessionId: before.named.sessionId });
    await after.socket.waitFor(() => after.events.length >= before.seqs);
    expect(textsOf(after)).toEqual(['Nice to meet you.']);
    await after.say('what is my name?');
    await after.waitForTurns(2);
    expect(textsOf(after).at(-1)).toBe('You are Ada.');
    expect(after.seqs).toEqual(after.seqs.map((_, index) => index + 1));
  });

  it('goes on with the turn that was cut, and the agent has the message once', async () => {
    await using after = await openChat(server, { sessionId: before.cut.sessionId });
    await after.waitForTurns(1);
    // Whether the agent had the message before the kill decides which of the two it says.
    expect(textsOf(after).at(-1)).toMatch(/Went on after the restart|it is done/);
    expect(timesInContext('please hang here')).toBe(1);
    expect(after.eventsOf('session.status_rescheduled')).toHaveLength(1);
    expect(after.eventsOf('session.process_restarting')).toMatchObject([
      { reason: 'The server was restarted', cause: 'server_restarted' },
    ]);
  });

  it('delivers a message that was acknowledged and never reached the agent', async () => {
    await using after = await openChat(server, { sessionId: before.unanswered.sessionId });
    await after.waitForTurns(1);
    expect(timesInContext('never answered yet')).toBe(1);
  });
});

describe('failures of the upstream', () => {
  it.each([
    ['429', 'model_rate_limited_error'],
    ['500', 'model_request_failed_error'],
    ['529', 'model_overloaded_error'],
  ])('that pass are told, and the turn goes on: status %s', async (status, type) => {
    await using chat = await openChat(server);
    await chat.say(`passing ${status}`);
    await chat.waitForTurns(1);
    expectRetries(chat, type);
    expect(chat.eventsOf('session.error')[0]?.error.message).toContain(status);
    expect(textsOf(chat)).toEqual(['It has passed.']);
  });

  it('that break a stream are told, and the turn goes on', async () => {
    await using chat = await openChat(server);
    await chat.say('passing break');
    await chat.waitForTurns(1);
    expectRetries(chat, 'unknown_error');
    expect(textsOf(chat).at(-1)).toContain('It has passed.');
  });

  it('that stay end the turn, and the session takes the next message', async () => {
    await using chat = await openChat(server);
    await chat.say('lasting 529');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.error').map(({ error }) => error.retry_status.type)).toContain('retrying');
    expect(chat.eventsOf('session.error').at(-1)?.error).toMatchObject({
      type: 'model_overloaded_error',
      retry_status: { type: 'exhausted' },
    });
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('retries_exhausted');
    await chat.say('my name is Ada');
    await chat.waitForTurns(2);
    expect(textsOf(chat).at(-1)).toBe('Nice to meet you.');
  });

  /** An error that is being retried, then work again, and no process had to go for it. */
  const expectRetries = (chat: Chat, type: string) => {
    const types = chat.events.map((event) => event.type);
    expect(chat.eventsOf('session.error').map(({ error }) => error)).toMatchObject([
      { type, retry_status: { type: 'retrying' } },
    ]);
    const rescheduled = types.indexOf('session.status_rescheduled');
    expect(types.slice(rescheduled)).toContain('session.status_running');
    expect(types).toContain('session.retry_scheduled');
    expect(types).not.toContain('session.process_restarting');
    expect(chat.eventsOf('session.turn_completed').map(({ outcome }) => outcome)).toEqual(['completed']);
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('end_turn');
  };
});

describe('stopping in good order', () => {
  it('ends every process', async () => {
    const own = await startServer({
      upstreamUrl: model.url,
      environment: { ANTHROPIC_API_KEY: 'sk-upstream', CLAUDE_SDK_PATTERN_SHUTDOWN_GRACE_SECONDS: '0' },
    });
    await using chat = await openChat(own);
    await chat.say('please hang now');
    await chat.socket.waitFor((frame) => frame.type === 'preview');
    expect(await own.kill('SIGTERM')).toMatchObject({ code: 0 });
    expect(await chat.socket.closed).toBe(1001);
    await waitUntilGone(own.dataDir);
    await own[Symbol.asyncDispose]();
  });
});
