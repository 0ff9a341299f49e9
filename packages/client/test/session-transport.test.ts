import { until } from '@claude-sdk-pattern/testkit';
import { expect, test } from 'vitest';

import { createClient, createSessionTransport } from '../src/index.ts';
import { toMessage, useServer } from './use-server.ts';

const server = await useServer();

test('reads the past, follows from there, and sends', async () => {
  await using client = createClient({ url: server.url, apiKey: server.apiKey });
  const { session } = await client.createSession();
  const transport = createSessionTransport(client, session.id);
  await transport.send(toMessage('Hi'), { id: 'req_once' });
  const seqs: number[] = [];
  const types: string[] = [];
  transport.follow({
    onEvent: (event, seq) => {
      seqs.push(seq);
      types.push(event.type);
    },
  });
  await until('the turn has ended', () => types.includes('session.status_idle'));
  transport.close();

  const last = seqs.at(-1) ?? 0;
  const newest = await transport.readBefore(undefined, 2);
  expect(newest.events.map(({ seq }) => seq)).toEqual([last - 1, last]);
  expect(newest.hasMore).toBe(true);
  const rest = await transport.readBefore(last - 1, 1000);
  expect(rest.events.map(({ seq }) => seq)).toEqual(seqs.slice(0, -2));
  expect(rest.hasMore).toBe(false);
});

test('serves nobody once it is closed, and whoever follows next', async () => {
  await using client = createClient({ url: server.url, apiKey: server.apiKey });
  const { session } = await client.createSession();
  const transport = createSessionTransport(client, session.id);
  const heard: string[] = [];
  const listen = (name: string) => ({ onEvent: () => void heard.push(name), onAttached: () => void heard.push(name) });
  transport.follow(listen('first'));
  transport.follow(listen('second'));
  await until('the second attaches', () => heard.includes('second'));
  transport.close();
  transport.close();
  heard.length = 0;
  await transport.send(toMessage('Hi'));
  transport.follow(listen('third'));
  await until('the third hears of the message', () => heard.length > 2);
  expect(new Set(heard)).toEqual(new Set(['third']));
});

test('rejects with the id by which the log names the request', async () => {
  await using client = createClient({ url: server.url, apiKey: server.apiKey });
  const transport = createSessionTransport(client, 'sesn_unknown');
  await expect(transport.readBefore(undefined, 10)).rejects.toMatchObject({
    type: 'not_found_error',
    requestId: expect.stringMatching(/^req_/),
  });
});
