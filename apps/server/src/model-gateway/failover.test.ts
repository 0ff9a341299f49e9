import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, it } from 'vitest';

import { readBody, startGatewayHarness, type HarnessOptions } from './fixtures/gateway-harness.ts';
import { createFixedKey, type UpstreamKey } from './upstreams/upstream-keys.ts';
import type { GatewayUpstream } from './upstreams/upstreams.ts';

const BREAKER = { failures: 2, windowMs: 60_000, openMs: 15_000 };
const STREAM = { 'content-type': 'text/event-stream' };
const request = (model: string) => JSON.stringify({ model, stream: true });

/** An upstream that says who it is, and which key it got. */
async function startUpstream(name: string, models: readonly string[] | null = null) {
  const upstream = { calls: 0, fails: false, refuses: false };
  const server = createServer(({ headers }, response) => {
    upstream.calls += 1;
    if (upstream.refuses) response.writeHead(401).end(`{"error":{"message":"Bad ${String(headers['x-api-key'])}"}}`);
    else if (upstream.fails) response.writeHead(500).end('{}');
    else
      response
        .writeHead(200, STREAM)
        .end(`data: ${name} ${String(headers['x-api-key'])}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options: GatewayUpstream = { name, baseUrl, models, findKey: createFixedKey(`sk-${name}`) };
  return Object.assign(upstream, {
    options,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  });
}

async function startGateway(upstreams: readonly GatewayUpstream[], options: HarnessOptions = {}) {
  const gateway = await startGatewayHarness(undefined, { breaker: BREAKER, upstreams, ...options });
  return Object.assign(gateway, {
    async ask(model: string): Promise<[number | undefined, string | undefined]> {
      const answer = await gateway.call({ body: request(model) });
      return [answer.statusCode, (await readBody(answer)).split('\n')[0]?.replace('data: ', '')];
    },
  });
}

it('lets the second upstream take over while the first is open, within the call that opened it, and tells which it was', async () => {
  await using first = await startUpstream('first');
  await using second = await startUpstream('second');
  let nowMs = 0;
  await using gateway = await startGateway([first.options, second.options], { uptimeMs: () => nowMs });
  expect(await gateway.ask('m')).toEqual([200, 'first sk-first']);
  first.fails = true;
  expect(await gateway.ask('m')).toEqual([500, '{}']);
  expect(await gateway.ask('m')).toEqual([200, 'second sk-second']);
  expect(await gateway.ask('m')).toEqual([200, 'second sk-second']);
  expect(first.calls).toBe(3);
  expect(gateway.upstreams.findOutage()).toBeUndefined();
  // Its own calls find out that it works again; one that fails costs its session no wait.
  nowMs += BREAKER.openMs;
  expect(await gateway.ask('m')).toEqual([200, 'second sk-second']);
  first.fails = false;
  nowMs += BREAKER.openMs;
  expect(await gateway.ask('m')).toEqual([200, 'first sk-first']);
  expect(gateway.metered.map(({ upstream, statusCode }) => `${upstream} ${statusCode}`)).toEqual([
    ...['first 200', 'first 500', 'first 500', 'second 200', 'second 200', 'first 500', 'second 200', 'first 200'],
  ]);
});

it('gives each model to the first upstream that serves it, in an outage too', async () => {
  await using opus = await startUpstream('opus', ['claude-opus-*']);
  await using others = await startUpstream('others', ['claude-sonnet-*', 'claude-opus-5-*']);
  await using gateway = await startGateway([opus.options, others.options]);
  expect(await gateway.ask('claude-sonnet-5')).toEqual([200, 'others sk-others']);
  expect(await gateway.ask('claude-opus-5-5')).toEqual([200, 'opus sk-opus']);
  const refused = await gateway.call({ body: request('gpt') });
  expect(refused.statusCode).toBe(404);
  expect(await readBody(refused)).toContain('No upstream of this server serves the model gpt');
  opus.fails = true;
  for (let calls = 0; calls < BREAKER.failures; calls += 1) await gateway.ask('claude-opus-4-8');
  expect(await gateway.ask('claude-opus-5-5')).toEqual([200, 'others sk-others']);
  const [status] = await gateway.ask('claude-opus-4-8');
  expect(status).toBe(529);
  expect(gateway.upstreams.findOutage({ model: 'claude-opus-5-5' })).toBeUndefined();
  expect(gateway.upstreams.findOutage({ model: 'claude-opus-4-8' })).toMatchObject({ retryInMs: expect.any(Number) });
});

it('goes on to the next upstream where nobody has set the key of one, and says which key is missing where none is left', async () => {
  await using first = await startUpstream('first');
  await using second = await startUpstream('second');
  const missing: UpstreamKey = { state: 'missing', secret: 'FIRST_KEY' };
  let key: UpstreamKey = { ...missing };
  const keyed = { ...first.options, findKey: () => Promise.resolve(key) };
  await using gateway = await startGateway([keyed, second.options]);
  expect(await gateway.ask('m')).toEqual([200, 'second sk-second']);
  // Set while the server runs.
  key = { state: 'found', value: 'sk-of-ada', owner: 'user' };
  expect(await gateway.ask('m')).toEqual([200, 'first sk-of-ada']);
  expect(gateway.metered.map(({ upstream, keyOwner }) => [upstream, keyOwner])).toEqual([
    ['second', 'server'],
    ['first', 'user'],
  ]);

  await using alone = await startGateway([{ ...first.options, findKey: () => Promise.resolve(missing) }]);
  const refused = await alone.call({ body: request('m') });
  expect([refused.statusCode, refused.headers['x-should-retry']]).toEqual([401, 'false']);
  expect(await readBody(refused)).toContain('There is no key for the model API (first). Set the secret FIRST_KEY');
});

it.each([
  [{ owner: 'user', secret: 'FIRST_KEY' }, "the key of the session's owner, the secret FIRST_KEY"],
  [{ owner: 'agent', secret: 'FIRST_KEY' }, 'the key of the agent, its secret FIRST_KEY'],
  [{ owner: 'platform', secret: 'FIRST_KEY' }, "the platform's API key, the secret FIRST_KEY"],
  [{ owner: 'server' }, "the server's API key"],
] as const)('says whose key is refused, and does not repeat it: %o', async (key, whose) => {
  await using upstream = await startUpstream('first');
  upstream.refuses = true;
  const findKey = () => Promise.resolve({ state: 'found', value: 'sk-wrong', ...key } as const);
  await using gateway = await startGateway([{ ...upstream.options, findKey }]);
  const body = await readBody(await gateway.call({ body: request('m') }));
  expect(body).toContain(`The model API refuses ${whose} (status 401). `);
  expect(body).not.toContain('sk-wrong');
});
