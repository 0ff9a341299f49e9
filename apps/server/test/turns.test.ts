import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import {
  breakStream,
  fail,
  say,
  stop,
  startScriptedModel,
  think,
  useTool,
  wait,
  type Scenario,
  type ScriptedModel,
} from '@claude-sdk-pattern/scripted-model';
import { connectRawWebSocket, startServer, type TestServer } from '@claude-sdk-pattern/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openChat, textsOf } from './support/chat.ts';
import { shareSession } from './support/share-session.ts';

/** Of some of them the CLI by itself would ask (2.1.330). */
const READING_COMMANDS = [
  'nproc',
  'printf %s x',
  'seq 3',
  'df -h',
  'uptime',
  'cmp -s none none',
  'cut -c1 none',
  'which ls',
];

const scenarios: Scenario[] = [
  { match: { userText: 'greet' }, reply: [[think('A greeting'), say('Hello there.')]] },
  {
    match: { userText: 'write a file' },
    reply: [[say('Writing.'), useTool('Write', { file_path: 'a.txt', content: 'one\n' })], say('Written.')],
  },
  {
    match: { userText: 'two commands' },
    reply: [
      [useTool('Bash', { command: 'cat /etc/hostname' }), useTool('Bash', { command: 'cat /etc/issue' })],
      say('Both done.'),
    ],
  },
  {
    match: { userText: 'two changes' },
    reply: [[useTool('Bash', { command: 'touch one' }), useTool('Bash', { command: 'touch two' })], say('Both made.')],
  },
  {
    match: { userText: 'two files' },
    reply: [
      [
        useTool('Write', { file_path: 'one.txt', content: '1' }),
        useTool('Write', { file_path: 'two.txt', content: '2' }),
      ],
      say('Both written.'),
    ],
  },
  {
    match: { userText: 'a change and a mistake' },
    reply: [
      [useTool('Bash', { command: 'touch one' }), useTool('Bash', { command: 'touch two', unheard_of: true })],
      say('So be it.'),
    ],
  },
  { match: { userText: 'list' }, reply: [useTool('Bash', { command: 'ls' }), say('Listed.')] },
  {
    match: { userText: 'look around' },
    reply: [
      READING_COMMANDS.map((command) => useTool('Bash', { command })),
      useTool('Bash', { command: 'ln -s /etc/hostname link' }),
      useTool('Bash', { command: 'cat link' }),
      say('Seen.'),
    ],
  },
  { match: { userText: 'long answer' }, reply: [say('word '.repeat(2000), { tokensPerSecond: 60 })] },
  {
    match: { userText: 'ask me' },
    reply: [
      useTool('AskUserQuestion', {
        questions: [
          {
            question: 'Which colour?',
            header: 'Colour',
            multiSelect: false,
            options: [
              { label: 'Red', description: 'r' },
              { label: 'Blue', description: 'b' },
            ],
          },
        ],
      }),
      say('Noted.'),
    ],
  },
  {
    match: { userText: 'inside the subagent', subagent: true },
    reply: [useTool('Bash', { command: 'pwd' }), say('The report.')],
  },
  {
    match: { userText: 'delegate' },
    reply: [
      useTool('Agent', { description: 'Look around', prompt: 'inside the subagent', subagent_type: 'general-purpose' }),
      say('Delegated.'),
    ],
  },
  { match: { userText: 'busy' }, reply: [fail(529, { times: 1 }), say('After the wait.')] },
  { match: { userText: 'broken request' }, reply: [fail(400, { message: 'the prompt is wrong' })] },
  {
    match: { userText: 'refused' },
    reply: () => [say('I cannot'), stop('refusal', { category: 'cyber', explanation: 'It would break in.' })],
  },
  { match: { userText: 'too long' }, reply: [[say('It is too'), stop('max_tokens')], say('long.')] },
  { match: { userText: 'paused' }, reply: [[say('Looking'), stop('pause_turn')]] },
  { match: { userText: 'always down' }, reply: [fail(500)] },
  // The CLI takes text that arrives together with the end of its connection for none at all (2.1.330).
  {
    match: { userText: 'broken stream' },
    reply: [[say('One half'), wait(1000), breakStream()], say('and the other half.')],
  },
  { match: { userText: 'unauthorized' }, reply: [fail(401)] },
  { match: { userText: 'environment' }, reply: [useTool('Bash', { command: 'env' }), say('That is all.')] },
];

let model: ScriptedModel;
let server: TestServer;

beforeAll(async () => {
  model = await startScriptedModel({ scenarios, apiKey: 'sk-real-upstream-key' });
  server = await startServer({
    environment: {
      // Its key is a secret that people set while the server runs.
      CLAUDE_SDK_PATTERN_UPSTREAMS: JSON.stringify([{ name: 'only', base_url: model.url, key_secret: 'MODEL_KEY' }]),
      CLAUDE_SDK_PATTERN_MODEL_MAX_RETRIES: '2',
      // Failures of one test are not those of another.
      CLAUDE_SDK_PATTERN_BREAKER_FAILURES: '0',
    },
  });
  const body = JSON.stringify({ value: 'sk-real-upstream-key' });
  const headers = { 'content-type': 'application/json' };
  expect((await server.fetch('/api/v1/secrets/MODEL_KEY', { method: 'PUT', headers, body })).status).toBe(204);
});

/** For tests that do not depend on what was said, allowed or written before; each other test has its own session. */
const joinSession = shareSession(() => server);
const joinFreeSession = shareSession(() => server, { permission_mode: 'bypassPermissions' });

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await model.close();
});

describe('a turn', () => {
  it('tells its story in the order of the protocol', async () => {
    await using chat = await openChat(server);
    await chat.say('greet');
    await chat.waitForTurns(1);
    const story = chat.events.map((event) => event.type).filter((type) => !type.startsWith('session.process_'));
    expect(story).toEqual([
      'user.message',
      'session.turn_started',
      'session.status_running',
      'span.model_request_start',
      'agent.thinking',
      'agent.message',
      'span.model_request_end',
      'session.usage',
      'session.turn_completed',
      'session.status_idle',
    ]);
    expect(chat.seqs).toEqual(chat.seqs.map((_, index) => index + 1));
    expect(textsOf(chat)).toEqual(['Hello there.']);
  });

  it('streams previews that the event with the same id ends', async () => {
    await using chat = await joinSession();
    await chat.say('greet');
    await chat.waitForTurns(1);
    const [message] = chat.eventsOf('agent.message');
    const deltas = chat.socket.frames.flatMap((frame) =>
      frame.type === 'preview' && frame.event.type === 'event_delta' && frame.event.event_id === message?.id
        ? [frame.event.delta.content.text]
        : [],
    );
    expect(deltas.join('')).toBe('Hello there.');
  });

  it('uses the real key upstream and shows the agent none of it', async () => {
    await using chat = await joinFreeSession();
    await chat.say('environment');
    await chat.waitForTurns(1);
    const output = JSON.stringify(chat.eventsOf('agent.tool_result'));
    expect(output).toContain('ANTHROPIC_API_KEY=csp-session-');
    expect(output).not.toContain('sk-real-upstream-key');
    expect(output).not.toContain(server.apiKey);
    expect(model.requests.length).toBeGreaterThan(0);
  });
});

describe('an approval', () => {
  it('asks before a file is written and goes on when it is allowed', async () => {
    await using chat = await openChat(server);
    await chat.say('write a file');
    const idle = await chat.waitForEvent('session.status_idle');
    const [call] = chat.eventsOf('agent.tool_use');
    expect(call).toMatchObject({ name: 'Write', evaluated_permission: 'ask' });
    expect(idle.stop_reason).toEqual({ type: 'requires_action', event_ids: [call?.id] });

    await chat.send({ type: 'user.tool_confirmation', tool_use_id: call?.id ?? '', result: 'allow' });
    await chat.waitForTurns(1);
    expect(await readFile(join(server.dataDir, 'workspaces', chat.sessionId, 'a.txt'), 'utf8')).toBe('one\n');
    expect(chat.eventsOf('session.turn_completed')[0]).toMatchObject({
      outcome: 'completed',
      changed_files: ['a.txt'],
    });
    expect(textsOf(chat)).toEqual(['Writing.', 'Written.']);
  });

  it('gives the guidance of a denial to the agent', async () => {
    await using chat = await joinSession();
    await chat.say('write a file');
    const call = await chat.waitForEvent('agent.tool_use');
    await chat.waitForEvent('session.status_idle');
    await chat.send({
      type: 'user.tool_confirmation',
      tool_use_id: call.id,
      result: 'deny',
      deny_message: 'Call it b.txt',
    });
    await chat.waitForTurns(1);
    const result = await chat.waitForEvent('agent.tool_result');
    expect(result).toMatchObject({ is_error: true, tool_use_id: call.id });
    expect(JSON.stringify(result.content)).toContain('Call it b.txt');
  });

  it('announces parallel calls together and waits for the last answer', async () => {
    await using chat = await joinSession();
    await chat.say('two commands');
    const idle = await chat.waitForEvent('session.status_idle');
    const ids = idle.stop_reason.type === 'requires_action' ? idle.stop_reason.event_ids : [];
    expect(ids).toHaveLength(2);
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: ids[0] ?? '', result: 'allow' });
    await chat.waitForEvent(
      'session.status_idle',
      (event) => event.stop_reason.type === 'requires_action' && event.stop_reason.event_ids.length === 1,
    );
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: ids[1] ?? '', result: 'allow' });
    await chat.waitForTurns(1);
    expect(textsOf(chat)).toEqual(['Both done.']);
  });

  it('asks at once for calls that must not run together, and takes the answers in any order', async () => {
    await using chat = await joinSession();
    await chat.say('two changes');
    const idle = await chat.waitForEvent('session.status_idle');
    const ids = chat.eventsOf('agent.tool_use').map(({ id }) => id);
    expect(idle.stop_reason).toEqual({ type: 'requires_action', event_ids: ids });
    const [first = '', second = ''] = ids;
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: second, result: 'deny', deny_message: 'Not two' });
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: first, result: 'allow' });
    await chat.waitForTurns(1);
    const results = chat.eventsOf('agent.tool_result').map(({ tool_use_id, is_error }) => [tool_use_id, is_error]);
    expect(results).toEqual([
      [first, false],
      [second, true],
    ]);
    expect(JSON.stringify(chat.eventsOf('agent.tool_result')[1]?.content)).toContain('Not two');
    expect(chat.eventsOf('session.approval_requested')).toHaveLength(2);
    expect(textsOf(chat)).toEqual(['Both made.']);
  });

  it('lets "allow for this session" answer the equal calls that wait', async () => {
    await using chat = await openChat(server);
    await chat.say('two files');
    await chat.waitForEvent('session.status_idle');
    const [first = '', second = ''] = chat.eventsOf('agent.tool_use').map(({ id }) => id);
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: second, result: 'allow', scope: 'session' });
    await chat.waitForTurns(1);
    expect(chat.eventsOf('user.tool_confirmation')).toMatchObject([
      { tool_use_id: second, scope: 'session' },
      { tool_use_id: first, result: 'allow', scope: 'session', actor: { name: expect.any(String) } },
    ]);
    expect(chat.eventsOf('agent.tool_result').map(({ is_error }) => is_error)).toEqual([false, false]);
  });

  it('stops asking about a call that the agent itself refuses', async () => {
    await using chat = await joinSession();
    await chat.say('a change and a mistake');
    const idle = await chat.waitForEvent('session.status_idle');
    const [change = '', mistake = ''] = chat.eventsOf('agent.tool_use').map(({ id }) => id);
    expect(idle.stop_reason).toMatchObject({ event_ids: [change, mistake] });
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: change, result: 'allow' });
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.approval_cancelled')).toMatchObject([{ event_id: mistake, reason: 'withdrawn' }]);
    expect(textsOf(chat)).toEqual(['So be it.']);
  });

  it('keeps "allow for this session" for the same kind of call', async () => {
    await using chat = await openChat(server);
    await chat.say('write a file');
    const call = await chat.waitForEvent('agent.tool_use');
    await chat.waitForEvent('session.status_idle');
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: call.id, result: 'allow', scope: 'session' });
    await chat.waitForTurns(1);
    await chat.say('write a file again');
    await chat.waitForTurns(2);
    expect(chat.eventsOf('agent.tool_use')[1]?.evaluated_permission).toBe('allow');
    expect(chat.eventsOf('session.approval_requested')).toHaveLength(1);
  });

  it('refuses an answer to a call that does not wait, and says who answered it before, and how', async () => {
    await using chat = await openChat(server);
    const toEvents = (toolUseId: string) => [
      { type: 'user.tool_confirmation', tool_use_id: toolUseId, result: 'allow' },
    ];
    const refusalOf = async (toolUseId: string) => {
      const events = toEvents(toolUseId);
      const answer = await chat.socket.request({ type: 'session.send', session_id: chat.sessionId, events });
      return answer.type === 'error' ? answer.error : answer;
    };
    await chat.say('two changes');
    const first = await chat.waitForEvent('session.approval_requested');
    const type = 'invalid_request_error';
    expect(await refusalOf('sevt_none')).toMatchObject({ type, details: { code: 'invalid_request' } });
    const denial = { result: 'deny', deny_message: 'Not here' } as const;
    await chat.send({ type: 'user.tool_confirmation', tool_use_id: first.event_id, ...denial });
    const [given] = chat.eventsOf('user.tool_confirmation');
    const at = expect.any(String) as string;
    const answered = { result: 'deny', by: given?.actor, at, message: 'Not here' };
    const details = { code: 'already_answered', field: 'tool_use_id', answer: answered };
    expect(await refusalOf(first.event_id)).toMatchObject({ type, details });
    const body = JSON.stringify({ events: toEvents(first.event_id) });
    const headers = { 'content-type': 'application/json' };
    const late = await server.fetch(`/v1/sessions/${chat.sessionId}/events`, { method: 'POST', headers, body });
    expect(late.status).toBe(409);
    expect(await late.json()).toMatchObject({ error: { type, details } });
    expect(chat.eventsOf('user.tool_confirmation')).toHaveLength(1);
  });

  it('does not ask for a command that only reads', async () => {
    await using chat = await joinSession();
    await chat.say('list');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('agent.tool_use')[0]?.evaluated_permission).toBe('allow');
    expect(chat.eventsOf('session.approval_requested')).toEqual([]);
  });

  it('runs what it shows as allowed, and asks about a link that leads out of the workspace', async () => {
    await using chat = await joinSession();
    await chat.say('look around');
    for (const call of [1, 2]) {
      await chat.socket.waitFor(() => chat.eventsOf('session.approval_requested').length === call);
      const { event_id = '' } = chat.eventsOf('session.approval_requested').at(-1) ?? {};
      await chat.send({ type: 'user.tool_confirmation', tool_use_id: event_id, result: 'allow' });
    }
    await chat.waitForTurns(1);
    const shown = chat.eventsOf('agent.tool_use').map((event) => event.evaluated_permission);
    expect(shown).toEqual([...READING_COMMANDS.map(() => 'allow'), 'ask', 'ask']);
  });

  it('hands the answers of a person to the agent that asked', async () => {
    await using chat = await joinFreeSession();
    await chat.say('ask me');
    const call = await chat.waitForEvent('agent.tool_use');
    await chat.waitForEvent('session.status_idle');
    await chat.send({
      type: 'user.tool_confirmation',
      tool_use_id: call.id,
      result: 'allow',
      answers: { 'Which colour?': 'Blue' },
    });
    await chat.waitForTurns(1);
    expect(JSON.stringify(chat.eventsOf('agent.tool_result'))).toContain('Blue');
  });
});

describe('subagents', () => {
  it('speak in a thread of their own that names the call it came from', async () => {
    await using chat = await joinFreeSession();
    await chat.say('delegate');
    await chat.waitForTurns(1);
    const thread = await chat.waitForEvent('session.thread_created');
    const [call] = chat.eventsOf('agent.tool_use');
    expect(thread.tool_use_id).toBe(call?.id);
    const inThread = chat.events.filter(
      (event) => 'session_thread_id' in event && event.session_thread_id === thread.session_thread_id,
    );
    expect(inThread.map((event) => event.type)).toEqual([
      'session.thread_created',
      'session.thread_status_running',
      'agent.tool_use',
      'agent.tool_result',
      'agent.message',
      'session.thread_status_idle',
    ]);
  });
});

describe('interrupting', () => {
  it('stops a long answer, keeps what was said, and takes the next message', async () => {
    await using chat = await joinSession();
    await chat.say('long answer');
    await chat.socket.waitFor((frame) => frame.type === 'preview' && frame.event.type === 'event_delta');
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.turn_completed')[0]?.outcome).toBe('interrupted');
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('end_turn');
    expect(textsOf(chat)[0]).toMatch(/^word word/);
    await chat.say('greet');
    await chat.waitForTurns(2);
    expect(textsOf(chat).at(-1)).toBe('Hello there.');
  });

  it('cancels what waits for approval', async () => {
    await using chat = await openChat(server);
    await chat.say('write a file');
    const call = await chat.waitForEvent('session.approval_requested');
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.approval_cancelled').map((event) => event.event_id)).toEqual([call.event_id]);
  });
});

describe('the turn queue', () => {
  it('lets a message wait for the end of the turn, and forgets one that is withdrawn', async () => {
    await using chat = await openChat(server);
    await chat.say('long answer');
    await chat.socket.waitFor((frame) => frame.type === 'preview');
    await chat.say('greet');
    const [withdrawn] = await chat.say('write a file');
    const withdraw = {
      ...{ type: 'session.withdraw', id: `withdraw-${chat.sessionId}` },
      ...{ session_id: chat.sessionId, event_id: withdrawn?.id },
    };
    expect(await chat.socket.request(withdraw)).toMatchObject({ type: 'reply', result: {} });
    // As a client does whose connection broke before the answer.
    await using again = await connectRawWebSocket(server, { apiKey: server.apiKey });
    expect(await again.request(withdraw)).toMatchObject({ type: 'reply', result: {} });
    expect(await again.request({ ...withdraw, id: `other-${chat.sessionId}` })).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
    expect(chat.eventsOf('session.turn_started')).toHaveLength(1);
    await chat.send({ type: 'user.interrupt' });
    await chat.waitForTurns(2);
    expect(textsOf(chat).at(-1)).toBe('Hello there.');
    expect(chat.eventsOf('session.turn_started').flatMap((event) => event.message_ids)).not.toContain(withdrawn?.id);
    expect(chat.eventsOf('session.message_withdrawn')).toHaveLength(1);
  });

  it('changes a session once, however often the change is sent', async () => {
    await using chat = await joinSession();
    const update = {
      ...{ type: 'session.update', id: `update-${chat.sessionId}` },
      ...{ session_id: chat.sessionId, title: 'Once', pinned: true },
    };
    const answers = [await chat.socket.request(update), await chat.socket.request(update)];
    for (const answer of answers)
      expect(answer).toMatchObject({ type: 'reply', result: { session: { title: 'Once' } } });
    expect(await chat.socket.request({ ...update, title: 'Twice' })).toMatchObject({
      error: { type: 'invalid_request_error' },
    });
    await chat.say('greet');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.updated')).toHaveLength(1);
  });
});

describe('failures of the model', () => {
  it('shows a retry with its countdown, then goes on', async () => {
    await using chat = await joinSession();
    await chat.say('busy');
    await chat.waitForTurns(1);
    const types = chat.events.map((event) => event.type);
    expect(types).toContain('session.retry_scheduled');
    expect(chat.eventsOf('session.error')[0]?.error).toMatchObject({
      type: 'model_overloaded_error',
      retry_status: { type: 'retrying' },
    });
    expect(types.indexOf('session.status_rescheduled')).toBeLessThan(types.lastIndexOf('session.status_running'));
    expect(textsOf(chat)).toEqual(['After the wait.']);
  });

  it('gives up a request that cannot succeed and takes the next message', async () => {
    await using chat = await joinSession();
    await chat.say('broken request');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.error').at(-1)?.error.retry_status.type).toBe('exhausted');
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('retries_exhausted');
    await chat.say('greet');
    await chat.waitForTurns(2);
    expect(textsOf(chat).at(-1)).toBe('Hello there.');
  });

  it('gives up after as many retries as are configured, and takes the next message', async () => {
    await using chat = await joinSession();
    await chat.say('always down');
    await chat.waitForTurns(1);
    const outcomes = chat.eventsOf('session.error').map(({ error }) => error.retry_status.type);
    expect(outcomes).toEqual(['retrying', 'retrying', 'exhausted']);
    expect(chat.eventsOf('session.retry_scheduled')).toMatchObject([
      { attempt: 1, max_attempts: 2 },
      { attempt: 2, max_attempts: 2 },
    ]);
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('retries_exhausted');
    await chat.say('greet');
    await chat.waitForTurns(2);
    expect(textsOf(chat).at(-1)).toBe('Hello there.');
  });

  it('does not retry a key that the model refuses', async () => {
    await using chat = await openChat(server);
    await chat.say('unauthorized');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.error').map((event) => event.error.retry_status.type)).toEqual(['exhausted']);
    expect(chat.eventsOf('session.error')[0]?.error.message).toContain('API key');
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('retries_exhausted');
  });

  it('ends with the refusal of the model and what it says of it, and takes the next message', async () => {
    await using chat = await joinSession();
    await chat.say('refused');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.status_idle').at(-1)).toMatchObject({
      stop_reason: { type: 'refusal' },
      stop_details: { type: 'refusal', category: 'cyber', explanation: 'It would break in.' },
    });
    expect(chat.eventsOf('session.turn_completed').at(-1)?.outcome).toBe('failed');
    expect(chat.eventsOf('session.error')).toEqual([]);
    await chat.say('greet');
    await chat.waitForTurns(2);
    expect(chat.eventsOf('session.status_idle').at(-1)).toMatchObject({
      stop_reason: { type: 'end_turn' },
      stop_details: null,
    });
  });

  it('tells that an answer was cut, and nothing of what the agent is told then as a message of anybody', async () => {
    await using chat = await joinSession();
    await chat.say('too long');
    await chat.waitForTurns(1);
    expect(textsOf(chat)).toEqual(['It is too', 'long.']);
    expect(chat.eventsOf('session.notice').map(({ text }) => text)).toEqual([
      'The answer reached the greatest length that the model allows. The agent continues it',
    ]);
    expect(chat.eventsOf('user.message')).toHaveLength(1);
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('end_turn');
  });

  it('does not call a turn done whose answer the model paused', async () => {
    await using chat = await openChat(server);
    await chat.say('paused');
    await chat.waitForTurns(1);
    expect(chat.eventsOf('session.error').map(({ error }) => error.message)).toEqual([
      'The model paused its answer before it was complete. Send a message to continue it',
    ]);
    expect(chat.eventsOf('session.status_idle').at(-1)?.stop_reason.type).toBe('retries_exhausted');
  });

  it('goes on after a stream that broke, and tells no part twice', async () => {
    await using chat = await joinSession();
    await chat.say('broken stream');
    await chat.waitForTurns(1);
    expect(textsOf(chat)).toEqual(['One half', 'and the other half.']);
  });
});
