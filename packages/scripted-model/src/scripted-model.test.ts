import Anthropic, {
  APIConnectionError,
  AuthenticationError,
  InternalServerError,
  RateLimitError,
} from '@anthropic-ai/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import type { Scenario } from './scenario.ts';
import type { ScriptedModel, ScriptedModelOptions } from './scripted-model.ts';
import { startScriptedModel } from './scripted-model.ts';
import { breakStream, fail, hang, say, stop, think, usage, useTool, wait } from './reply.ts';

const open: ScriptedModel[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.close()));
});

async function start(scenarios: readonly Scenario[], options: ScriptedModelOptions = {}) {
  const model = await startScriptedModel({ scenarios, ...options });
  open.push(model);
  const client = new Anthropic({ baseURL: model.url, apiKey: 'key', maxRetries: 0 });
  return { model, client };
}

const hello = {
  model: 'claude-opus-5-5',
  max_tokens: 1000,
  messages: [{ role: 'user', content: 'hello' }],
} satisfies Anthropic.MessageCreateParamsNonStreaming;

describe('messages', () => {
  test('streams text, thinking and parallel tool calls as the official client expects them', async () => {
    const { client } = await start([
      {
        reply: [
          [
            think('Let me see.'),
            say('I will look around first.'),
            useTool('Bash', { command: 'ls' }),
            useTool('Read', { file_path: '/a' }),
          ],
        ],
      },
    ]);
    const deltas: string[] = [];
    const stream = client.messages.stream(hello).on('text', (text) => deltas.push(text));
    const message = await stream.finalMessage();

    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Let me see.', signature: expect.stringMatching(/.+/) as unknown },
      { type: 'text', text: 'I will look around first.' },
      { type: 'tool_use', name: 'Bash', input: { command: 'ls' } },
      { type: 'tool_use', name: 'Read', input: { file_path: '/a' } },
    ]);
    expect(message.stop_reason).toBe('tool_use');
    expect(deltas.length).toBeGreaterThan(1);
    expect(message.usage.output_tokens).toBeGreaterThan(5);
  });

  test('answers a request without stream with one message and a request-id', async () => {
    const { client } = await start([
      { reply: [[say('Hi'), useTool('Bash', {}), usage({ input_tokens: 7, output_tokens: 9 })]] },
    ]);
    const { data, response } = await client.messages.create(hello).withResponse();

    expect(data.content).toMatchObject([
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', input: {} },
    ]);
    expect(data.usage).toMatchObject({ input_tokens: 7, output_tokens: 9 });
    expect(response.headers.get('request-id')).toMatch(/^req_/);
  });

  test('sends the stop reason that the script names', async () => {
    const { client } = await start([{ reply: [[say('cut'), stop('max_tokens')]] }]);
    expect((await client.messages.create(hello)).stop_reason).toBe('max_tokens');
  });

  test('says why it refuses, streamed and whole', async () => {
    const details = { category: 'cyber', explanation: 'It would break in.' };
    const { client } = await start([{ reply: [[say('I cannot'), stop('refusal', details)]] }]);
    const expected = { stop_reason: 'refusal', stop_details: { type: 'refusal', ...details } };
    expect(await client.messages.create(hello)).toMatchObject(expected);
    expect(await client.messages.stream(hello).finalMessage()).toMatchObject(expected);
  });

  test('moves along the script with each answered request of the turn, and starts again with the next turn', async () => {
    const { client } = await start([
      { reply: [useTool('Bash', { command: 'ls' }, { id: 'toolu_1' }), say('second step')] },
    ]);
    const afterTool = [
      ...hello.messages,
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 'Bash', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'a.txt' }] },
    ] satisfies Anthropic.MessageParam[];
    const nextTurn = [
      ...afterTool,
      { role: 'assistant', content: 'done' },
      { role: 'user', content: 'again' },
    ] satisfies Anthropic.MessageParam[];

    const second = await client.messages.create({ ...hello, messages: afterTool });
    const third = await client.messages.create({ ...hello, messages: nextTurn });
    expect(second.content).toMatchObject([{ text: 'second step' }]);
    expect(third.content).toMatchObject([{ type: 'tool_use' }]);
  });

  test('takes the first scenario that matches the words of the user', async () => {
    const { client } = await start([
      { match: { userText: /^bye/i }, reply: [say('bye')] },
      { match: { userText: 'HELL', turn: 1 }, reply: [say('by string')] },
      { reply: [say('anything')] },
    ]);
    expect((await client.messages.create(hello)).content).toMatchObject([{ text: 'by string' }]);
  });

  test('says so when no scenario matches', async () => {
    const { client } = await start([{ match: { userText: 'other' }, reply: [say('x')] }]);
    expect((await client.messages.create(hello)).content).toMatchObject([{ text: 'No scenario matches "hello".' }]);
  });

  // A reader that was held up sees late what came in time, so it may look again.
  test('streams at the pace that is asked for', { retry: 3 }, async () => {
    const { client } = await start([{ reply: [say('x'.repeat(80), { tokensPerSecond: 100, chunkSize: 8 })] }]);
    const started = performance.now();
    const arrivals: number[] = [];
    await client.messages
      .stream(hello)
      .on('text', () => arrivals.push(performance.now() - started))
      .finalMessage();

    expect(arrivals).toHaveLength(10);
    expect(arrivals.at(-1)).toBeGreaterThan(180);
    expect((arrivals.at(-1) ?? 0) - (arrivals[0] ?? 0)).toBeGreaterThan(140);
  });

  test('leaves out every wait at infinite speed', async () => {
    const { client } = await start(
      [{ pace: { firstTokenDelayMs: 60_000 }, reply: [[wait(60_000), say('now', { tokensPerSecond: 1 })]] }],
      {
        speed: Infinity,
      },
    );
    expect((await client.messages.create(hello)).content).toMatchObject([{ text: 'now' }]);
  });
});

describe('faults', () => {
  test('fails with the envelope, the status and retry-after, as often as asked, then goes on', async () => {
    const { client } = await start([{ reply: [fail(429, { times: 1, retryAfterSeconds: 3 }), say('recovered')] }]);
    const error = await client.messages.create(hello).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(RateLimitError);
    if (!(error instanceof RateLimitError)) return;
    expect(error.headers?.get('retry-after')).toBe('3');
    expect(error.error).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
    expect((await client.messages.create(hello)).content).toMatchObject([{ text: 'recovered' }]);
  });

  test('fails for ever without a count', async () => {
    const { client } = await start([{ reply: [fail(529)] }]);
    for (let attempt = 0; attempt < 3; attempt++) {
      await expect(client.messages.create(hello)).rejects.toBeInstanceOf(InternalServerError);
    }
  });

  test('fails in the middle of a stream with an error event', async () => {
    const { client } = await start([{ reply: [[say('some'), fail(529)]] }]);
    await expect(client.messages.stream(hello).finalMessage()).rejects.toThrow(/overloaded_error/);
  });

  test('fails in the middle of a block, and serves it whole the next time', async () => {
    const { client } = await start([
      { reply: [[fail(529, { afterChunks: 2, times: 1 }), say('one two three four five', { chunkSize: 4 })]] },
    ]);
    const texts: string[] = [];
    const failed = client.messages.stream(hello).on('text', (text) => texts.push(text));
    await expect(failed.finalMessage()).rejects.toThrow(/overloaded_error/);
    expect(texts).toEqual(['one ', 'two ']);
    expect(await client.messages.stream(hello).finalText()).toBe('one two three four five');
  });

  test('breaks a stream after some chunks and serves it whole the next time', async () => {
    const { client, model } = await start([
      { reply: [[breakStream({ afterChunks: 2, times: 1 }), say('one two three four five', { chunkSize: 4 })]] },
    ]);
    const texts: string[] = [];
    const broken = client.messages.stream(hello).on('text', (text) => texts.push(text));
    await expect(broken.finalMessage()).rejects.toBeInstanceOf(Error);

    expect(texts).toEqual(['one ', 'two ']);
    await model.waitForRequest((request) => request.outcome === 'aborted');
    expect(await client.messages.stream(hello).finalText()).toBe('one two three four five');
  });

  test('hangs before the first byte, and serves the next request', async () => {
    const { client, model } = await start([{ reply: [[hang({ times: 1 }), say('late')]] }]);
    const leaving = new AbortController();
    const hung = client.messages.create(hello, { signal: leaving.signal });
    await model.waitForRequest((request) => request.kind === 'turn');
    leaving.abort();

    await expect(hung).rejects.toThrow(/aborted/);
    await model.waitForRequest((request) => request.outcome === 'aborted');
    expect((await client.messages.create(hello)).content).toMatchObject([{ text: 'late' }]);
  });

  test('hangs in the middle of a message until the test lets it go', async () => {
    const gate = Promise.withResolvers<void>();
    const { client } = await start([{ reply: [[say('before'), hang({ until: gate.promise }), say(' after')]] }]);
    const stream = client.messages.stream(hello);
    await stream.emitted('text');
    gate.resolve();
    expect(await stream.finalText()).toBe('before  after');
  });

  test('cuts open streams when it closes', async () => {
    const { client, model } = await start([{ reply: [[say('before'), hang()]] }]);
    const stream = client.messages.stream(hello);
    const ended = stream.finalMessage().catch((reason: unknown) => reason);
    await stream.emitted('text');
    await Promise.all([model.close(), model.close()]);
    expect(await ended).toBeInstanceOf(Error);
    await expect(client.messages.create(hello)).rejects.toBeInstanceOf(APIConnectionError);
  });
});

describe('the rest of the API', () => {
  test('refuses another key with 401, in both headers', async () => {
    const { model } = await start([{ reply: [say('in')] }], { apiKey: 'right' });
    const wrong = new Anthropic({ baseURL: model.url, apiKey: 'wrong', maxRetries: 0 });
    const right = new Anthropic({ baseURL: model.url, apiKey: null, authToken: 'right', maxRetries: 0 });

    await expect(wrong.messages.create(hello)).rejects.toBeInstanceOf(AuthenticationError);
    expect((await right.messages.create(hello)).content).toMatchObject([{ text: 'in' }]);
  });

  test('counts tokens, more for more text', async () => {
    const { client } = await start([]);
    const short = await client.messages.countTokens({ model: 'm', messages: hello.messages });
    const long = await client.messages.countTokens({
      model: 'm',
      messages: [{ role: 'user', content: 'x'.repeat(4000) }],
    });
    expect(short.input_tokens).toBeGreaterThan(0);
    expect(long.input_tokens).toBeGreaterThan(short.input_tokens + 900);
  });

  test('lists models', async () => {
    const { client } = await start([]);
    const ids: string[] = [];
    for await (const info of client.models.list()) ids.push(info.id);
    expect(ids).toContain('claude-opus-5-5');
  });

  test.each([
    ['not JSON', '/v1/messages', '{', 400, 'invalid_request_error'],
    [
      'no max_tokens',
      '/v1/messages',
      '{"model":"m","messages":[{"role":"user","content":"x"}]}',
      400,
      'invalid_request_error',
    ],
    ['no messages', '/v1/messages', '{"model":"m","messages":[],"max_tokens":1}', 400, 'invalid_request_error'],
    ['another path', '/v1/complete', '{}', 404, 'not_found_error'],
  ])('answers %s with the error envelope', async (_case, path, body, status, type) => {
    const { model } = await start([]);
    const response = await fetch(`${model.url}${path}`, { method: 'POST', body });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: { type },
      request_id: expect.stringMatching(/^req_/) as unknown,
    });
  });

  test('records what was asked', async () => {
    const { client, model } = await start([{ name: 'greeting', reply: [say('hi')] }], { recordLimit: 2 });
    const waiting = model.waitForRequest((request) => request.conversation?.userText === 'hello');
    await client.messages.create(hello);
    expect(await waiting).toMatchObject({ method: 'POST', path: '/v1/messages', kind: 'turn', scenario: 'greeting' });
    await client.messages.create(hello);
    await client.messages.create(hello);
    expect(model.requests).toHaveLength(2);
    await expect(model.waitForRequest(() => false, { timeoutMs: 1 })).rejects.toThrow(/No matching request/);
  });
});
