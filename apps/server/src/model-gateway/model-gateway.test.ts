import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { until } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import { readBody, startGatewayHarness } from './fixtures/gateway-harness.ts';

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** An upstream whose answers the test gives by hand. */
function createManualUpstream() {
  const waiting: ((exchange: Exchange) => void)[] = [];
  const arrived: Exchange[] = [];
  return {
    listener: (request: IncomingMessage, response: ServerResponse) => {
      const take = waiting.shift();
      if (take) take({ request, response });
      else arrived.push({ request, response });
    },
    next(): Promise<Exchange> {
      const exchange = arrived.shift();
      return exchange ? Promise.resolve(exchange) : new Promise((resolve) => waiting.push(resolve));
    },
  };
}

describe('passing a call on', () => {
  it('takes the token out and puts the real key in', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener);
    const answered = gateway.call({
      headers: {
        authorization: `Bearer ${gateway.token}`,
        cookie: 'a=b',
        'anthropic-version': '2023-06-01',
        connection: 'close, x-other',
        'proxy-connection': 'keep-alive',
      },
      body: '{"model":"m"}',
    });
    const { request, response } = await upstream.next();
    expect(await readBody(request)).toBe('{"model":"m"}');
    response.end('{}');
    await readBody(await answered);
    expect(request.headers).toMatchObject({ 'x-api-key': 'sk-real-key', 'anthropic-version': '2023-06-01' });
    expect(request.rawHeaders.join('\n')).not.toContain(gateway.token);
    expect(request.headers).not.toHaveProperty('cookie');
    expect(request.headers).not.toHaveProperty('authorization');
    expect(request.headers).not.toHaveProperty('proxy-connection');
    expect(request.headers.host).not.toBe(new URL(gateway.url).host);
  });

  it('sends no key at all to an upstream that wants none', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener, { apiKey: undefined });
    const answered = gateway.call();
    const { request, response } = await upstream.next();
    response.end('{}');
    await readBody(await answered);
    expect(request.headers).not.toHaveProperty('x-api-key');
  });

  it('keeps the path of the base URL and the query of the call', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener, { basePath: '/proxy/' });
    const answered = gateway.call({ path: '/v1/messages?beta=true' });
    const { request, response } = await upstream.next();
    response.end('{}');
    await readBody(await answered);
    expect(request.url).toBe('/proxy/v1/messages?beta=true');
  });

  it('passes status, headers and body of an answer unchanged', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener);
    const answered = gateway.call();
    const { response } = await upstream.next();
    const headers = { 'content-type': 'application/json', 'retry-after': '7', 'request-id': 'req_upstream' };
    response.writeHead(429, headers).end('{"type":"error"}');
    const answer = await answered;
    expect(answer.statusCode).toBe(429);
    expect(answer.headers).toMatchObject(headers);
    expect(await readBody(answer)).toBe('{"type":"error"}');
  });

  it('streams an answer chunk by chunk, with its head in front of its first chunk', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener);
    const answered = gateway.call();
    const { response } = await upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: start\n\n');
    const chunks = (await answered)[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('event: start\n\n');
    for (const text of ['event: ping\n\n', 'event: ', 'pong\n\n']) {
      response.write(text);
      expect(String((await chunks.next()).value)).toBe(text);
    }
    response.end();
    expect((await chunks.next()).done).toBe(true);
  });

  it('reads no more from the upstream than a slow client takes', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener);
    const answered = gateway.call();
    const { response } = await upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('x');
    const answer = await answered;
    answer.pause();
    const total = 32 * 1024 * 1024;
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let written = 0;
    const produce = async () => {
      for (; written < total; written += chunk.length) if (!response.write(chunk)) await once(response, 'drain');
      response.end();
    };
    const produced = produce();
    // Stuck when nothing more was taken between two looks.
    let before = -1;
    await until('the upstream is held back', () => {
      const stuck = written === before && response.writableNeedDrain;
      before = written;
      return stuck;
    });
    expect(written).toBeLessThan(total / 2);
    let received = 0;
    for await (const part of answer) received += (part as Buffer).length;
    await produced;
    expect(received).toBe(total + 1);
  });
});

describe('refusing a call', () => {
  it.each([
    ['no token', {}],
    ['an unknown token', { 'x-api-key': 'csp-session-unknown' }],
    ['the real key', { 'x-api-key': 'sk-real-key' }],
  ])('answers 401 to %s', async (_, headers) => {
    await using gateway = await startGatewayHarness((_request, response) => response.end('{}'));
    const answer = await gateway.call({ headers });
    expect(answer.statusCode).toBe(401);
    expect(JSON.parse(await readBody(answer))).toMatchObject({
      type: 'error',
      error: { type: 'authentication_error' },
    });
  });

  it('refuses a token that was revoked', async () => {
    await using gateway = await startGatewayHarness((_request, response) => response.end('{}'));
    expect((await gateway.call()).statusCode).toBe(200);
    gateway.revoke();
    expect((await gateway.call()).statusCode).toBe(401);
  });

  it.each([
    ['GET', '/v1/messages'],
    ['POST', '/v1/messages/batches'],
    ['POST', '/v1/files'],
    ['GET', '/v1/organizations/me'],
    ['POST', '/v1/messages/../files'],
    ['DELETE', '/v1/models'],
  ])('answers 404 to %s %s', async (method, path) => {
    let passed = false;
    await using gateway = await startGatewayHarness((_request, response) => {
      passed = true;
      response.end('{}');
    });
    const answer = await gateway.call({ method, path });
    expect(answer.statusCode).toBe(404);
    expect(passed).toBe(false);
  });

  it.each(['//', '//[', 'http://[', '*', '/%', 'http://elsewhere.invalid:x/v1/messages'])(
    'survives a request for "%s"',
    async (path) => {
      await using gateway = await startGatewayHarness((_request, response) => response.end('{}'));
      const answer = await gateway.sendRaw(
        `GET ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: ${gateway.token}\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
      expect((await gateway.call({ method: 'GET', path: '/v1/models' })).statusCode).toBe(200);
    },
  );

  it('refuses a request with two lengths, so that no second request can hide in it', async () => {
    let passed = 0;
    await using gateway = await startGatewayHarness((_request, response) => {
      passed += 1;
      response.end('{}');
    });
    const smuggled = 'GET /v1/organizations HTTP/1.1\r\nhost: x\r\n\r\n';
    const answer = await gateway.sendRaw(
      `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: ${gateway.token}\r\ncontent-length: 5\r\n` +
        `transfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(passed).toBe(0);
  });

  it('tells the agent that the upstream is not reachable, also while a long conversation is still being sent', async () => {
    await using gateway = await startGatewayHarness(undefined);
    const answer = await gateway.call({ body: Buffer.alloc(8 * 1024 * 1024, 'x') });
    expect(answer.statusCode).toBe(529);
    expect(JSON.parse(await readBody(answer))).toMatchObject({ error: { type: 'overloaded_error' } });
    await until('the call is metered', () => gateway.metered.length === 1);
    expect(gateway.metered[0]).toMatchObject({ statusCode: null, holder: { sessionId: 'sesn_1' } });
  });
});

describe('breaking off', () => {
  it('aborts the upstream when the client leaves', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener);
    const abort = new AbortController();
    const answered = gateway.call({ signal: abort.signal });
    const { response } = await upstream.next();
    const closed = once(response, 'close');
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: ping\n\n');
    const answer = await answered;
    answer.on('error', () => undefined);
    abort.abort();
    await closed;
    expect(response.writableFinished).toBe(false);
  });

  it('aborts the upstream when the client leaves before the answer has begun', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener);
    const abort = new AbortController();
    const answered = gateway.call({ signal: abort.signal }).catch(() => 'aborted');
    const { response } = await upstream.next();
    const closed = once(response, 'close');
    abort.abort();
    await closed;
    expect(response.headersSent).toBe(false);
    expect(await answered).toBe('aborted');
  });

  it('breaks the stream of the client when the upstream breaks, instead of ending it', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener);
    const answered = gateway.call();
    const { response } = await upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: ping\n\n');
    const answer = await answered;
    answer.once('data', () => response.destroy());
    await expect(once(answer, 'end')).rejects.toThrow('aborted');
  });
});

describe('metering', () => {
  it('reports the usage of a stream once, after its last byte', async () => {
    await using gateway = await startGatewayHarness((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.write(
        'event: message_start\ndata: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":3}}}\n\n',
      );
      response.write('event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":4}}\n\n');
      response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n');
    });
    await readBody(await gateway.call());
    await until('the call is metered', () => gateway.metered.length > 0);
    expect(gateway.metered).toMatchObject([
      {
        holder: { sessionId: 'sesn_1', ownerId: 'user_1' },
        statusCode: 200,
        usage: { model: 'm', inputTokens: 3, outputTokens: 4 },
        isCut: false,
      },
    ]);
  });

  it('reports a stream with its last event, before its connection ends, and once', async () => {
    const upstream = createManualUpstream();
    const nothing = () => undefined;
    await using gateway = await startGatewayHarness(upstream.listener, {
      listener: {
        ...{ onCallBegin: nothing, onCallEnd: nothing, onRetryWait: nothing, onRetryWaitEnd: nothing },
        findPluginOfSubagent: (id) => `plugin of ${id}`,
      },
    });
    const answered = gateway.call({ headers: { 'x-api-key': gateway.token, 'x-claude-code-agent-id': 'a1' } });
    const { response } = await upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(
      'data: {"type":"message_start","message":{"model":"claude-opus-5-5","usage":{"input_tokens":3,"output_tokens":2}}}\n\n',
    );
    response.write('data: {"type":"message_stop"}\n\n');
    await until('the call is metered', () => gateway.metered.length > 0);
    response.end('data: {"type":"message_delta","usage":{"output_tokens":400}}\n\n');
    await readBody(await answered);
    expect(gateway.metered).toMatchObject([
      { cost: { microUsd: 52 }, cause: 'subagent', plugin: 'plugin of a1', statusCode: 200, isCut: false },
    ]);
  });

  it('reports what was used until the client left', async () => {
    const upstream = createManualUpstream();
    await using gateway = await startGatewayHarness(upstream.listener);
    const abort = new AbortController();
    const answered = gateway.call({ signal: abort.signal });
    const { response } = await upstream.next();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":3}}}\n\n');
    const answer = await answered;
    answer.on('error', () => undefined);
    answer.once('data', () => abort.abort());
    await until('the call is metered', () => gateway.metered.length > 0);
    expect(gateway.metered).toMatchObject([{ usage: { inputTokens: 3, outputTokens: 0 }, isCut: true }]);
  });

  it('does not report what costs nothing', async () => {
    await using gateway = await startGatewayHarness((_request, response) => response.end('{"input_tokens":9}'));
    await readBody(await gateway.call({ path: '/v1/messages/count_tokens' }));
    await readBody(await gateway.call());
    await until('the call after it is metered', () => gateway.metered.length > 0);
    expect(gateway.metered).toHaveLength(1);
  });
});
