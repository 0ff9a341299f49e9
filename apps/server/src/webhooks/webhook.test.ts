import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import Anthropic from '@anthropic-ai/sdk';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { createOutgoing } from '../lib/outgoing.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/port.ts';
import { toRetryDelayMs } from './retry-delay.ts';
import { createWebhook, type Webhook } from './webhook.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const NEW_SECRET = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A receiver that answers with each status in turn, then with 204. */
async function openReceiver(statuses: readonly number[]) {
  const left = [...statuses];
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(left.shift() ?? 204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return { url, received, close: () => server.close() };
}

/** The webhook as after a start of the server. Its clock stands at `clock.ms`. */
function start(store: Store, url: string, clock: { ms: number }) {
  const outgoing = createOutgoing({ allowedOrigins: [new URL(url).origin] });
  const done: string[] = [];
  const webhook = createWebhook({
    ...{ url, secrets: [NEW_SECRET, SECRET], store, outgoing, clock: { now: () => clock.ms } },
    logger: { warn: () => undefined },
    onDone: (outcome) => done.push(outcome),
  });
  const stop = async () => {
    await webhook.close();
    await outgoing.close();
  };
  return { webhook, done, stop };
}

const put = (store: Store, webhook: Webhook, expiresAtMs: number) =>
  store.transaction((transaction) =>
    webhook.put(
      {
        ...{ type: 'session.requires_action', expiresAtMs },
        data: { id: 'sesn_1', event_id: 'sevt_1', tool_name: 'Bash' },
      },
      transaction,
    ),
  );

const verify = ({ headers, body }: Received, key: string) =>
  new Anthropic({ apiKey: 'none' }).beta.webhooks.unwrap(body, { headers: headers as Record<string, string>, key });

it('sends a signed message that the official SDK accepts with either secret, and again until it is confirmed', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const receiver = await openReceiver([500]);
  // The SDK takes no message whose time is far from its own.
  const clock = { ms: Date.now() };
  const first = start(store, receiver.url, clock);
  await put(store, first.webhook, clock.ms + 120_000);
  first.webhook.wake();
  await until('the first attempt', () => receiver.received.length === 1);
  await until(
    'the message is put back',
    async () => (await store.webhookMessages.take(at(clock.ms + 10_000)))[0]?.attempts === 1,
  );
  await first.stop();

  // The next server goes on with what the last one left.
  clock.ms += 60_000;
  const next = start(store, receiver.url, clock);
  next.webhook.wake();
  await until('the message is confirmed', () => next.done.length === 1);
  await next.stop();
  expect(next.done).toEqual(['confirmed']);
  expect(await store.webhookMessages.count()).toBe(0);
  receiver.close();

  const [failed, taken] = receiver.received as [Received, Received];
  expect(taken.headers['webhook-id']).toBe(failed.headers['webhook-id']);
  expect(taken.headers['webhook-timestamp']).not.toBe(failed.headers['webhook-timestamp']);
  for (const key of [SECRET, NEW_SECRET]) {
    expect(verify(taken, key)).toMatchObject({
      ...{ type: 'event', id: taken.headers['webhook-id'] },
      data: {
        ...{ type: 'session.requires_action', id: 'sesn_1', event_id: 'sevt_1', tool_name: 'Bash' },
        ...{ organization_id: 'org_default', workspace_id: 'wrkspc_default' },
      },
    });
  }
  const changed = { ...taken, body: taken.body.replace('Bash', 'Read') };
  expect(() => verify(changed, SECRET)).toThrow();
});

const at = (ms: number) => ({
  ...{ now: new Date(ms).toISOString(), busyUntil: new Date(ms).toISOString(), limit: 1 },
});

it('gives a message up when it has expired', async () => {
  await using store = await openStore({ url: 'sqlite::memory:' });
  const receiver = await openReceiver([]);
  const clock = { ms: Date.now() };
  const { webhook, done, stop } = start(store, receiver.url, clock);
  await put(store, webhook, clock.ms + 1000);
  clock.ms += 1000;
  webhook.wake();
  await until('the message is given up', () => done.length === 1);
  await stop();
  receiver.close();
  expect(done).toEqual(['expired']);
  expect(receiver.received).toEqual([]);
});

it('waits longer after each attempt, an hour at most, and as long as the receiver asks', () => {
  expect([1, 2, 3, 20].map((attempts) => toRetryDelayMs(attempts, 0))).toEqual([2000, 6000, 18_000, 3_600_000]);
  expect(toRetryDelayMs(1, 1)).toBe(1500);
  expect(toRetryDelayMs(1, 0, 30_000)).toBe(30_000);
  expect(toRetryDelayMs(1, 0, 1e9)).toBe(3_600_000);
});
