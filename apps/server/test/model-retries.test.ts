import { breakStream, fail, say } from '@claude-sdk-pattern/scripted-model';
import { connectRawWebSocket } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { openChat, textsOf, type Chat } from './support/chat.ts';
import { createUserKey } from './support/create-user-key.ts';
import { useStage } from './support/use-stage.ts';

const MAX_RETRIES = 2;

const { model, server } = await useStage(
  [
    { match: { userText: 'always busy' }, reply: [fail(529)] },
    {
      match: { userText: 'always cut off' },
      reply: [[breakStream({ afterChunks: 2 }), say('One half, and the other half.')]],
    },
    { match: { userText: 'in five minutes' }, reply: [fail(429, { times: 1, retryAfterSeconds: 300 }), say('Now.')] },
    { match: { userText: 'in an hour' }, reply: [fail(429, { retryAfterSeconds: 3600 })] },
    { match: { userText: 'not yours' }, reply: [fail(529, { times: 1, retryAfterSeconds: 300 }), say('Too late.')] },
    { match: { userText: 'stop me' }, reply: [fail(529, { times: 1, retryAfterSeconds: 300 }), say('Too late.')] },
    { match: { userText: 'wrong key' }, reply: [fail(401)] },
    { match: { userText: 'no right' }, reply: [fail(403)] },
    { match: { userText: 'greet' }, reply: [say('Hello.')] },
  ],
  {
    CLAUDE_SDK_PATTERN_MODEL_MAX_RETRIES: String(MAX_RETRIES),
    // Failures of one test are not those of another.
    CLAUDE_SDK_PATTERN_BREAKER_FAILURES: '0',
  },
);

const retryNow = (chat: Chat, sessionId = chat.sessionId) =>
  chat.socket.request({ type: 'session.retry_now', session_id: sessionId });

const countRequests = (userText: string) =>
  model.requests.filter(({ kind, conversation }) => kind === 'turn' && conversation?.userText === userText).length;

describe('a model request that fails', () => {
  it.each([
    ['always busy', true],
    ['always cut off', undefined],
  ])('is made as often as is told, at the time that is told: %s', async (text, canRetryNow) => {
    await using chat = await openChat(server);
    await chat.say(text);
    await chat.waitForTurns(1);
    const scheduled = chat.eventsOf('session.retry_scheduled');
    expect(scheduled.map((event) => [event.attempt, event.max_attempts])).toEqual([
      [1, MAX_RETRIES],
      [2, MAX_RETRIES],
    ]);
    expect(scheduled.map((event) => event.can_retry_now)).toEqual(scheduled.map(() => canRetryNow));
    expect(countRequests(text)).toBe(1 + MAX_RETRIES);
    expect(chat.eventsOf('session.error').map(({ error }) => error.retry_status.type)).toEqual([
      ...scheduled.map(() => 'retrying'),
      'exhausted',
    ]);
    for (const event of scheduled) {
      expect(Date.parse(event.retry_at) - Date.parse(event.processed_at)).toBeLessThanOrEqual(event.retry_delay_ms);
    }
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('retries_exhausted');
  });

  it('says that it is running again with each try, and waits again with each failure', async () => {
    await using chat = await openChat(server);
    await chat.say('always busy');
    await chat.waitForTurns(1);
    const states = chat.events.flatMap(({ type }) => (type.startsWith('session.status_') ? [type.slice(15)] : []));
    const waits = Array.from({ length: MAX_RETRIES }, () => ['rescheduled', 'running']).flat();
    expect(states).toEqual(['running', ...waits, 'idle']);
  });

  it('is made at once when somebody asks for that, and says until when it would have waited', async () => {
    await using chat = await openChat(server);
    await chat.say('in five minutes');
    const scheduled = await chat.waitForEvent('session.retry_scheduled');
    expect(scheduled).toMatchObject({ retry_delay_ms: 300_000, error_status: 429, asked_by_model: true });
    expect(chat.eventsOf('session.error').at(-1)?.error).toMatchObject({
      type: 'model_rate_limited_error',
      message: `The model asks to wait until ${scheduled.retry_at} (status 429)`,
    });
    expect(await retryNow(chat)).toMatchObject({ type: 'reply', result: {} });
    await chat.waitForTurns(1);
    expect(textsOf(chat)).toEqual(['Now.']);
    expect(chat.eventsOf('session.turn_completed').at(-1)?.outcome).toBe('completed');
  });

  it('is not waited for when the model asks for an hour, and the error says until when', async () => {
    await using chat = await openChat(server);
    await chat.say('in an hour');
    await chat.waitForTurns(1);
    expect(countRequests('in an hour')).toBe(1);
    expect(chat.eventsOf('session.error').map(({ error }) => error)).toMatchObject([
      {
        type: 'model_rate_limited_error',
        message: expect.stringMatching(/asks to wait until \d{4}-\d\d-\d\dT/),
        retry_status: { type: 'exhausted' },
      },
    ]);
  });

  it('is not made again when somebody stops the turn in the wait', async () => {
    await using chat = await openChat(server);
    await chat.say('stop me');
    await chat.waitForEvent('session.retry_scheduled');
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.turn_completed').at(-1)?.outcome).toBe('interrupted');
    expect(await retryNow(chat)).toMatchObject({ type: 'error' });
    await chat.say('greet');
    await chat.waitForTurns(2);
    expect(textsOf(chat)).toEqual(['Hello.']);
    expect(countRequests('stop me')).toBe(1);
  });

  it.each([
    ['wrong key', 401],
    ['no right', 403],
  ])('is told at once where the key is refused: %s', async (text, status) => {
    await using chat = await openChat(server);
    await chat.say(text);
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.error').map(({ error }) => error)).toMatchObject([
      {
        message: expect.stringMatching(`^The model API refuses the server's API key \\(status ${status}\\)`),
        retry_status: { type: 'exhausted' },
      },
    ]);
    expect(chat.eventsOf('session.retry_scheduled')).toEqual([]);
    expect(countRequests(text)).toBe(1);
  });
});

describe('trying again now', () => {
  it('is refused where nothing waits', async () => {
    await using chat = await openChat(server);
    expect(await retryNow(chat)).toMatchObject({ type: 'error', error: { details: { code: 'state_conflict' } } });
  });

  it('is refused to who may not see the session', async () => {
    await using chat = await openChat(server);
    await chat.say('not yours');
    await chat.waitForEvent('session.retry_scheduled');
    await using other = await connectRawWebSocket(server, { apiKey: await createUserKey(server, 'other') });
    const answer = await other.request({ type: 'session.retry_now', session_id: chat.sessionId });
    expect(answer).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(1);
  });
});
