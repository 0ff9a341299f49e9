import type { RequestListener, ServerResponse } from 'node:http';

import { until } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { readBody, startGatewayHarness } from './fixtures/gateway-harness.ts';
import type { ModelRetry } from './session-tokens.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const error = (type: string) => JSON.stringify({ type: 'error', error: { type, message: 'Not now' } });

/** What a session hears. */
function createListener() {
  const waits: ModelRetry[] = [];
  const ends: string[] = [];
  return {
    waits,
    ends,
    onCallBegin: () => undefined,
    onCallEnd: () => undefined,
    onRetryWait: (retry: ModelRetry) => void waits.push(retry),
    onRetryWaitEnd: (retry: ModelRetry, outcome: string) => void ends.push(`${retry.attempt} ${outcome}`),
  };
}

/** Answers each call with the next of the answers, then with a good one. */
function inTurn(...answers: ((response: ServerResponse) => void)[]): { listener: RequestListener; bodies: string[] } {
  const bodies: string[] = [];
  return {
    bodies,
    listener: (request, response) =>
      void readBody(request).then((body) => {
        bodies.push(body);
        const answer = answers.shift();
        if (answer) answer(response);
        else response.writeHead(200, STREAM).end('data: good\n\n');
      }),
  };
}

const FAILURES: [string, number | null, (response: ServerResponse) => void][] = [
  ['an error', 529, (response) => void response.writeHead(529).end(error('overloaded_error'))],
  ['too many requests', 429, (response) => void response.writeHead(429, { 'retry-after': '0' }).end('slow down')],
  ['a connection that ends without an answer', null, (response) => void response.destroy()],
  [
    'a stream that breaks before its first byte',
    null,
    (response) => {
      response.writeHead(200, STREAM).flushHeaders();
      response.destroy();
    },
  ],
  ['a stream without any event', null, (response) => void response.writeHead(200, STREAM).end()],
  ['a page of a proxy in place of a stream', null, (response) => void response.writeHead(200, STREAM).end('<html>')],
  [
    'a stream that begins with an error',
    529,
    (response) => void response.writeHead(200, STREAM).end(`event: error\ndata: ${error('overloaded_error')}\n\n`),
  ],
];

describe('a call that fails before anything of its answer was passed on', () => {
  it.each(FAILURES)('is made again, and only the good answer is seen: %s', async (_, statusCode, fail) => {
    const upstream = inTurn(fail, fail);
    const session = createListener();
    const told: string[] = [];
    await using gateway = await startGatewayHarness(upstream.listener, {
      ...{ maxRetries: 5, listener: session },
      onRetry: (name) => void told.push(`${name} again`),
      onFirstByte: (name) => void told.push(`${name} answers`),
    });
    const answered = gateway.call({ body: '{"n":1}' });
    await until('the second wait', () => {
      for (const wait of session.waits) wait.retryNow();
      return session.waits.length === 2;
    });
    const answer = await answered;
    expect([answer.statusCode, await readBody(answer)]).toEqual([200, 'data: good\n\n']);
    expect(upstream.bodies).toEqual(['{"n":1}', '{"n":1}', '{"n":1}']);
    expect(told).toEqual(['first again', 'first again', 'first answers']);
    expect(session.waits).toMatchObject([
      { attempt: 1, maxAttempts: 5, statusCode },
      { attempt: 2, maxAttempts: 5, statusCode },
    ]);
    expect(session.ends).toEqual(['1 retried', '2 retried']);
    await until('all is metered', () => gateway.metered.length === 3);
    expect(gateway.metered.map((each) => each.statusCode)).toEqual([statusCode, statusCode, 200]);
  });

  it('is passed on at last as it failed, and the agent is told not to try by itself', async () => {
    const fail = (response: ServerResponse) =>
      void response.writeHead(529, { 'request-id': 'req_last', 'retry-after-ms': '1' }).end(error('overloaded_error'));
    const upstream = inTurn(fail, fail, fail);
    const session = createListener();
    await using gateway = await startGatewayHarness(upstream.listener, { maxRetries: 2, listener: session });
    const answer = await gateway.call({ body: '{}' });
    expect(answer.statusCode).toBe(529);
    expect(answer.headers).toMatchObject({ 'x-should-retry': 'false', 'request-id': 'req_last' });
    expect(JSON.parse(await readBody(answer))).toMatchObject({ error: { type: 'overloaded_error' } });
    expect(session.waits.map(({ attempt, isAskedFor }) => [attempt, isAskedFor])).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  it('waits for its turn when many have failed at once, so that the upstream gets no more than it can bear', async () => {
    const session = createListener();
    const upstream = inTurn();
    const busy: RequestListener = (_request, response) => void response.writeHead(529).end(error('overloaded_error'));
    await using gateway = await startGatewayHarness(
      (...exchange) => (session.waits.length < 30 ? busy : upstream.listener)(...exchange),
      { maxRetries: 5, listener: session },
    );
    const answers = Array.from({ length: 30 }, () => gateway.call({ body: '{}' }));
    await until('all wait', () => session.waits.length === 30);
    // 20 are saved up, then there are two a second, and each of the 30 calls earns a tenth.
    const late = session.waits.filter(({ delayMs }) => delayMs > 1000);
    expect(late.length).toBeGreaterThanOrEqual(5);
    expect(late.length).toBeLessThanOrEqual(8);
    for (const wait of session.waits) wait.retryNow();
    for (const answer of await Promise.all(answers)) expect(await readBody(answer)).toBe('data: good\n\n');
  });

  it.each([401, 403])('is not made again where the key is refused: status %i', async (status) => {
    const upstream = inTurn((response) => void response.writeHead(status).end(error('authentication_error')));
    const session = createListener();
    await using gateway = await startGatewayHarness(upstream.listener, { maxRetries: 5, listener: session });
    const answer = await gateway.call({ body: '{}' });
    expect([answer.statusCode, answer.headers['x-should-retry']]).toEqual([status, 'false']);
    expect(session.waits).toEqual([]);
  });

  it('does not wait for an hour, and says until when it was asked to', async () => {
    const upstream = inTurn(
      (response) => void response.writeHead(429, { 'retry-after': '3600' }).end(error('rate_limit_error')),
    );
    const session = createListener();
    await using gateway = await startGatewayHarness(upstream.listener, { maxRetries: 5, listener: session });
    const answer = await gateway.call({ body: '{}' });
    expect([answer.statusCode, answer.headers['x-should-retry']]).toEqual([429, 'false']);
    expect(await readBody(answer)).toMatch(/"Not now\. The model asks to wait until \d{4}-\d\d-\d\dT[\d:.]+Z"/);
    expect(session.waits).toEqual([]);
  });

  it.each(['the agent leaves', 'its token is revoked'])('is given up when %s in the wait', async (why) => {
    const upstream = inTurn((response) => void response.writeHead(529, { 'retry-after': '300' }).end());
    const session = createListener();
    await using gateway = await startGatewayHarness(upstream.listener, { maxRetries: 5, listener: session });
    const abort = new AbortController();
    const answered = gateway.call({ body: '{}', signal: abort.signal }).catch(() => 'no answer');
    await until('the wait', () => session.waits.length === 1);
    if (why === 'the agent leaves') abort.abort();
    else gateway.revoke();
    expect(await answered).toBe('no answer');
    await until('the end of the wait', () => session.ends.length === 1);
    expect(session.ends).toEqual(['1 abandoned']);
    expect(upstream.bodies).toHaveLength(1);
  });
});

describe('a stream that ends with an error in its middle', () => {
  /** What the agent gets of it after its first half. */
  async function readSecondHalf(type: string): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    const upstream = inTurn((response) => {
      response.writeHead(200, STREAM).write('data: half\n\n');
      resolve(response);
    });
    await using gateway = await startGatewayHarness(upstream.listener, { maxRetries: 5 });
    const answer = await gateway.call({ body: '{}' });
    expect(String(await new Promise((taken) => answer.once('data', taken)))).toBe('data: half\n\n');
    (await promise).end(`event: error\ndata: ${error(type)}\n\n`);
    // Awaited here: the gateway is closed at the end of this function.
    return await readBody(answer);
  }

  it('is broken where another try can help: the agent asks again', async () => {
    await expect(readSecondHalf('overloaded_error')).rejects.toThrow('aborted');
  });

  it('is broken where it ends well before the last event', async () => {
    const upstream = inTurn(
      (response) => void response.writeHead(200, STREAM).end('data: {"type":"message_start"}\n\n'),
    );
    await using gateway = await startGatewayHarness(upstream.listener, { maxRetries: 5 });
    await expect(readBody(await gateway.call({ body: '{}' }))).rejects.toThrow('aborted');
  });

  it('is passed on as it is where none can', async () => {
    expect(await readSecondHalf('invalid_request_error')).toContain('event: error');
  });
});
