import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';

import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { readBody, startGatewayHarness, type GatewayHarness } from './fixtures/gateway-harness.ts';

async function openSilent({ url }: GatewayHarness): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket.resume();
}

it('closes the oldest connection without a token for one too many, and serves who has one', async () => {
  await using gateway = await startGatewayHarness((_, response) => void response.end('answer'), {
    connectionLimits: { maxUnknown: 2 },
  });
  const first = await openSilent(gateway);
  const firstClosed = once(first, 'close');
  const second = await openSilent(gateway);
  const third = await openSilent(gateway);
  await firstClosed;
  expect([second.closed, third.closed]).toEqual([false, false]);
  const secondClosed = once(second, 'close');
  expect(await readBody(await gateway.call())).toBe('answer');
  await secondClosed;
  expect(third.closed).toBe(false);
  third.destroy();
});

it('closes a connection that shows no token in time, refused requests or not, and no other', async () => {
  const waiting: ServerResponse[] = [];
  await using gateway = await startGatewayHarness((_, response) => void waiting.push(response), {
    connectionLimits: { unknownTimeoutMs: 100 },
  });
  const answered = gateway.call();
  await until('the upstream is asked', () => waiting.length === 1);
  const [silent, refused] = [await openSilent(gateway), await openSilent(gateway)];
  refused.write('HEAD / HTTP/1.1\r\nhost: gateway\r\n\r\n');
  await Promise.all([once(silent, 'close'), once(refused, 'close')]);
  waiting[0]?.end('answer');
  expect(await readBody(await answered)).toBe('answer');
});

it('refuses a call that would need one connection more than a token may have', async () => {
  const waiting: ServerResponse[] = [];
  await using gateway = await startGatewayHarness((_, response) => void waiting.push(response), {
    connectionLimits: { maxPerToken: 2 },
  });
  const calls = [gateway.call(), gateway.call()];
  await until('both are made', () => waiting.length === 2);
  const third = await gateway.call();
  expect([third.statusCode, third.headers.connection]).toEqual([429, 'close']);
  const ofOther = gateway.call({ headers: { 'x-api-key': gateway.issue('sesn_2') } });
  await until('the other token is served', () => waiting.length === 3);
  for (const response of waiting) response.end('answer');
  for (const call of [...calls, ofOther]) expect(await readBody(await call)).toBe('answer');
  const later = gateway.call();
  await until('there is room again', () => waiting.length === 4);
  waiting[3]?.end('answer');
  expect(await readBody(await later)).toBe('answer');
});

it('closes what comes when there are as many connections as may be', async () => {
  const waiting: ServerResponse[] = [];
  await using gateway = await startGatewayHarness((_, response) => void waiting.push(response), {
    connectionLimits: { maxConnections: 1 },
  });
  const answered = gateway.call();
  await until('the upstream is asked', () => waiting.length === 1);
  const surplus = await openSilent(gateway);
  if (!surplus.closed) await once(surplus, 'close');
  waiting[0]?.end('answer');
  expect(await readBody(await answered)).toBe('answer');
});
