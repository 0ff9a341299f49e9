import type { RequestListener, ServerResponse } from 'node:http';

import { until } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { readBody, startGatewayHarness, type GatewayHarness } from './fixtures/gateway-harness.ts';
import type { ModelRetry } from './session-tokens.ts';

const STREAM = { 'content-type': 'text/event-stream' };
const WHOLE = 'event: message_start\ndata: {}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n';
const BREAKER = { failures: 5, windowMs: 60_000, openMs: 15_000 };
const OVERLOADED = JSON.stringify({ type: 'error', error: { type: 'overloaded_error', message: 'Not now' } });

type Answer = (response: ServerResponse) => void;

const succeed: Answer = (response) => void response.writeHead(200, STREAM).end(WHOLE);
const fail: Answer = (response) => void response.writeHead(500).end('{}');

/** Answers as it is told to, by the number of the call from 0. */
function createUpstream(answerOf: (call: number) => Answer) {
  const upstream = {
    calls: 0,
    answerOf,
    listener: ((_request, response) => upstream.answerOf(upstream.calls++)(response)) satisfies RequestListener,
  };
  return upstream;
}

/** What a session hears. */
function createListener() {
  const waits: ModelRetry[] = [];
  const ends: ModelRetry[] = [];
  return {
    waits,
    ends,
    onCallBegin: () => undefined,
    onCallEnd: () => undefined,
    onRetryWait: (retry: ModelRetry) => void waits.push(retry),
    onRetryWaitEnd: (retry: ModelRetry) => void ends.push(retry),
  };
}

/** A time that the test passes by hand. */
function createTime() {
  const time = { nowMs: 1000, uptimeMs: () => time.nowMs };
  return time;
}

async function call(gateway: GatewayHarness): Promise<number | undefined> {
  const answer = await gateway.call({ body: '{"stream":true}' });
  await readBody(answer).catch(() => 'broken');
  return answer.statusCode;
}

async function callUntilOpen(gateway: GatewayHarness): Promise<void> {
  for (let calls = 0; calls < 20 && gateway.upstreams.findOutage() === undefined; calls += 1) await call(gateway);
  expect(gateway.upstreams.list()).toMatchObject([{ state: 'open' }]);
}

const FAULTS: [string, Answer | undefined][] = [
  ['every call fails', fail],
  ['a call gets no answer at all', () => undefined],
  ['the connection is refused', undefined],
  ['the connection ends without an answer', (response) => void response.destroy()],
  [
    'an answer stalls in its middle',
    (response) => void response.writeHead(200, STREAM).write('event: message_start\n'),
  ],
  [
    'an error event comes in the middle',
    (response) => {
      response.writeHead(200, STREAM).write('event: message_start\ndata: {}\n\n');
      response.end(`event: error\ndata: ${OVERLOADED}\n\n`);
    },
  ],
  [
    'an answer breaks in its middle',
    (response) => void response.writeHead(200, STREAM).write('event: message_start\n', () => response.destroy()),
  ],
  ['an answer is no stream of the API', (response) => void response.writeHead(200, STREAM).end('<html>')],
];

describe('an upstream is given up', () => {
  it.each(FAULTS)('when %s: the next calls are refused, and no connection is made', async (_, answer) => {
    const upstream = createUpstream(() => answer ?? succeed);
    const options = { breaker: BREAKER, stallMs: 100 };
    await using gateway = await startGatewayHarness(answer && upstream.listener, options);
    await Promise.all(Array.from({ length: BREAKER.failures }, () => call(gateway)));
    expect(gateway.upstreams.list()).toMatchObject([{ state: 'open' }]);
    const made = upstream.calls;
    const refused = await gateway.call({ body: '{}' });
    expect([refused.statusCode, refused.headers]).toMatchObject([529, { 'x-should-retry': 'false' }]);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(BREAKER.openMs / 1000);
    expect(JSON.parse(await readBody(refused))).toMatchObject({
      error: { type: 'overloaded_error', message: expect.stringMatching(/does not answer. Try again in \d+ s/) },
    });
    expect(upstream.calls).toBe(made);
  });

  it('when its name is unknown, and when what answers there speaks no TLS', async () => {
    await using other = await startGatewayHarness(() => undefined);
    for (const baseUrl of ['http://upstream.invalid', other.url.replace('http:', 'https:')]) {
      await using gateway = await startGatewayHarness(undefined, { breaker: BREAKER, baseUrl });
      expect(await call(gateway)).toBe(529);
      await callUntilOpen(gateway);
    }
  });

  it('when every second call fails', async () => {
    const upstream = createUpstream((number) => (number % 2 === 0 ? succeed : fail));
    await using gateway = await startGatewayHarness(upstream.listener, { breaker: BREAKER });
    await callUntilOpen(gateway);
    expect(upstream.calls).toBe(2 * BREAKER.failures);
  });

  it.each([
    ['a limit of its key', 429],
    ['a request that is wrong', 400],
    ['a key that is refused', 401],
  ])('not for %s: status %i', async (_, status) => {
    const upstream = createUpstream(
      () => (response) => void response.writeHead(status, { 'retry-after': '7' }).end('{}'),
    );
    await using gateway = await startGatewayHarness(upstream.listener, { breaker: BREAKER });
    for (let calls = 0; calls < 8; calls += 1) expect(await call(gateway)).toBe(status);
  });

  it('not for calls that their agent breaks off', async () => {
    const upstream = createUpstream(
      () => (response) => void response.writeHead(200, STREAM).write('event: message_start\n'),
    );
    await using gateway = await startGatewayHarness(upstream.listener, { breaker: BREAKER });
    for (let calls = 0; calls < 8; calls += 1) {
      const abort = new AbortController();
      const answer = await gateway.call({ body: '{}', signal: abort.signal });
      abort.abort();
      await expect(readBody(answer)).rejects.toThrow();
      await until('the call is metered', () => gateway.metered.length === calls + 1);
    }
    expect(gateway.upstreams.list()).toMatchObject([{ state: 'closed' }]);
  });
});

describe('an upstream that was given up', () => {
  it('gets one call after its time, and takes all calls again when that goes well', async () => {
    const time = createTime();
    const upstream = createUpstream(() => fail);
    await using gateway = await startGatewayHarness(upstream.listener, { breaker: BREAKER, uptimeMs: time.uptimeMs });
    await callUntilOpen(gateway);
    time.nowMs += BREAKER.openMs;
    expect(await call(gateway)).toBe(500);
    expect([await call(gateway), upstream.calls]).toEqual([529, BREAKER.failures + 1]);
    upstream.answerOf = () => succeed;
    time.nowMs += BREAKER.openMs;
    expect([await call(gateway), await call(gateway)]).toEqual([200, 200]);
    expect(gateway.upstreams.list()).toMatchObject([{ state: 'closed' }]);
  });

  it('is not tried by a call that says little about it', async () => {
    const time = createTime();
    const upstream = createUpstream(() => fail);
    await using gateway = await startGatewayHarness(upstream.listener, { breaker: BREAKER, uptimeMs: time.uptimeMs });
    await callUntilOpen(gateway);
    time.nowMs += BREAKER.openMs;
    const answer = await gateway.call({ method: 'GET', path: '/v1/models' });
    expect([answer.statusCode, upstream.calls]).toEqual([529, BREAKER.failures]);
  });

  it('makes the calls of running turns wait, tells them when the next call is made, and one of them tries', async () => {
    const upstream = createUpstream(() => fail);
    const session = createListener();
    const options = { breaker: { ...BREAKER, openMs: 50 }, maxRetries: 5, listener: session };
    await using gateway = await startGatewayHarness(upstream.listener, options);
    const waiting = [1, 2, 3].map(() => call(gateway));
    await until('it is given up', () => {
      for (const wait of session.waits) wait.retryNow();
      return session.waits.filter(({ isOutage }) => isOutage).length >= 3;
    });
    const told = session.waits.length;
    await until('a probe has failed', () => session.waits.slice(told).some(({ isContinued }) => isContinued));
    upstream.answerOf = () => succeed;
    expect(await Promise.all(waiting)).toEqual([200, 200, 200]);
    expect(new Set(session.ends)).toEqual(new Set(session.waits));
  });

  it('gets a call at once when a person asks for it', async () => {
    const upstream = createUpstream(() => fail);
    const session = createListener();
    const options = { breaker: BREAKER, maxRetries: 5, listener: session };
    await using gateway = await startGatewayHarness(upstream.listener, options);
    const answered = call(gateway);
    await until('it is given up', () => {
      if (session.waits.at(-1)?.isOutage === true) return true;
      session.waits.at(-1)?.retryNow();
      return false;
    });
    expect(session.waits.at(-1)).toMatchObject({ attempt: 5, maxAttempts: 5, statusCode: null });
    upstream.answerOf = () => succeed;
    session.waits.at(-1)?.retryNow();
    expect(await answered).toBe(200);
  });
});
