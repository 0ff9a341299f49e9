import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { SECRET, startMcpFixture } from './fixtures/mcp-harness.ts';
import { openRelay } from './fixtures/relay-harness.ts';
import { createHttpLink, createSseLink } from './http-links.ts';

/** A relay to a server over HTTP with SSE. */
const openSse = (url: string) =>
  openRelay({ openLink: (options) => Promise.resolve(createSseLink({ url, headers: { 'x-key': 'k' } }, options)) });

it('reaches a server over HTTP with SSE, with its headers, and stops its calls', async () => {
  const keys = new Set<unknown>();
  await using server = await startMcpFixture({
    intercept: ({ headers }) => keys.add(headers['x-key']) === undefined,
    pages: [['echo', 'hang']],
    call: async (name, { signal, tellProgress }) => {
      if (name === 'echo') return { content: [] };
      await tellProgress(1);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
    },
  });
  await using relay = await openSse(server.sseUrl);
  expect(await relay.listTools()).toEqual(['echo', 'hang']);
  await relay.call('echo');
  await relay.stopCall('hang');
  await until('the server has stopped it', () => server.cancelled.length === 1);
  expect([...keys]).toEqual(['k']);
  expect(relay.notices).toEqual([]);
});

it('sends headers over streamable HTTP', async () => {
  const keys = new Set<unknown>();
  await using server = await startMcpFixture({ intercept: ({ headers }) => keys.add(headers['x-key']) === undefined });
  const { url } = server;
  await using relay = await openRelay({
    openLink: (options) => Promise.resolve(createHttpLink({ url, headers: { 'x-key': 'k' } }, options)),
  });
  await relay.call('echo');
  expect([...keys]).toEqual(['k']);
});

it('fails a call at once when the stream of SSE breaks, and connects again by itself', async () => {
  let closeAll: () => void = () => undefined;
  await using server = await startMcpFixture({
    intercept(request) {
      closeAll = () => request.socket.destroy();
      return false;
    },
    async call(_, { server: mcp }) {
      await mcp.close();
      closeAll();
      return new Promise(() => undefined);
    },
  });
  await using relay = await openSse(server.sseUrl);
  const result = await relay.call('echo');
  expect(result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('docs cannot be reached') }],
  });
  await until('it is there again', () => relay.relay.facts.length === 0);
  expect(relay.texts()).toHaveLength(2);
});

it.each([
  ['refuses the stream', '/sse', 'HTTP status 403'],
  ['refuses messages', '/messages', 'HTTP status 403'],
])('names a server over SSE that %s, without what it says', async (_, path, why) => {
  await using server = await startMcpFixture({
    intercept(request, response) {
      const isRefused = request.url?.startsWith(path) === true;
      if (isRefused) response.writeHead(403).end(SECRET);
      return isRefused;
    },
  });
  await using relay = await openSse(server.sseUrl);
  expect(await relay.listTools()).toEqual([]);
  expect(relay.texts()[0]).toContain(why);
  expect(relay.texts().join()).not.toContain(SECRET);
});

it('ends the stream of SSE when an event of it is too long', async () => {
  await using server = await startMcpFixture({
    call: async () => ({ content: [{ type: 'text', text: 'x'.repeat(9 * 1024 * 1024) }] }),
  });
  await using relay = await openSse(server.sseUrl);
  const result = await relay.call('echo');
  expect(result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('more than 8388608 bytes') }],
  });
});

it('finds a server that knows only HTTP with SSE by its URL alone', async () => {
  await using server = await startMcpFixture();
  const { sseUrl: url } = server;
  await using relay = await openRelay({
    openLink: (options) => Promise.resolve(createHttpLink({ url, headers: {} }, options)),
  });
  expect(await relay.call('echo')).toMatchObject({ content: [{ text: 'echo was called' }] });
  expect(relay.notices).toEqual([]);
});
