import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { toNodeHandler } from '@modelcontextprotocol/node';
import { LATEST_PROTOCOL_VERSION, ResultSchema, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { createMcpHandler, InMemoryTransport } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { until } from '@claude-sdk-pattern/testkit';
import { describe, expect, it } from 'vitest';

import type { Elicitation } from '../../permissions/elicitation.ts';
import { startMcpFixture } from './fixtures/mcp-harness.ts';
import { openRelay } from './fixtures/relay-harness.ts';
import { createStatelessServer } from './fixtures/stateless-server.mjs';
import { createHttpLink } from './http-links.ts';
import { mapLink } from './map-link.ts';
import type { OpenMcpLink } from './mcp-link.ts';
import type { McpRelayOptions } from './mcp-relay-options.ts';
import { createMcpRevisions } from './mcp-revisions.ts';
import { probeServer } from './probe-server.ts';
import { createStatelessHttpLink } from './stateless-http-link.ts';

const toState = () => ({ extraTools: [] as string[], ended: [] as string[], pageDone: () => true });

/** A server over HTTP that speaks 2026-07-28, and older revisions too unless it rejects them. */
async function startStateless(legacy: 'stateless' | 'reject', state = toState()) {
  const handler = createMcpHandler(() => createStatelessServer(state), { legacy });
  const heads: IncomingMessage['headers'][] = [];
  const handle = toNodeHandler(handler);
  const http = createServer((request, response) => {
    heads.push(request.headers);
    // Its types are not made for exactOptionalPropertyTypes.
    void handle(request as Parameters<typeof handle>[0], response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    ...{ state, notify: handler.notify, heads },
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    async [Symbol.asyncDispose]() {
      await handler.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

const revisions = () => createMcpRevisions(() => 0);

/** A relay that reaches the server as a session does. */
function openHttp(
  url: string,
  { known = revisions(), ...options }: Partial<McpRelayOptions> & { known?: ReturnType<typeof revisions> } = {},
) {
  const openLink: OpenMcpLink = (link) => {
    const create = link.handshake === 'discover' ? createStatelessHttpLink : createHttpLink;
    return Promise.resolve(create({ url, headers: {} }, link));
  };
  return openRelay({ ...options, openLink, revision: known.of({ name: 'docs', transport: 'http', url }) });
}

const texts = (result: unknown) => (result as { content: { text: string }[] }).content.map(({ text }) => text);

describe('a server that speaks 2026-07-28 alone', () => {
  it('serves its tools, resources, prompts and instructions, and gets the headers that its tools want', async () => {
    await using server = await startStateless('reject');
    await using relay = await openHttp(server.url);
    expect(await relay.listTools()).toEqual(['greet', 'region', 'ask', 'page', 'work']);
    expect(texts(await relay.call('greet'))).toEqual(['greet was called']);
    const region = await relay.client.callTool({ name: 'region', arguments: { region: 'north' } });
    expect(texts(region)).toEqual(['in north']);
    expect(server.heads.at(-1)).toMatchObject({ 'mcp-name': 'region', 'mcp-param-region': 'north' });
    expect(server.heads.at(-1)).toMatchObject({ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' });
    expect(await relay.client.readResource({ uri: 'note://one' })).toMatchObject({ contents: [{ text: 'a note' }] });
    expect((await relay.client.listPrompts()).prompts).toMatchObject([{ name: 'hello' }]);
    expect(relay.client.getInstructions()).toBe('Ask for names');
    expect(relay.texts()).toEqual([]);
  });

  it('asks people in a call, sends them to a page once, and gets their answers', async () => {
    const asked: Elicitation[] = [];
    let left = 2;
    const pageDone = () => (left -= 1) < 0;
    await using server = await startStateless('reject', { ...toState(), pageDone });
    await using relay = await openHttp(server.url, {
      elicit(question) {
        asked.push(question);
        const content = question.mode === 'form' ? { name: 'Ada' } : undefined;
        return Promise.resolve({ action: 'accept', ...(content && { content }) });
      },
    });
    expect(texts(await relay.call('ask'))).toEqual(['Hello Ada']);
    expect(texts(await relay.call('page'))).toEqual(['done']);
    expect(asked).toMatchObject([{ mode: 'form' }, { mode: 'url', url: 'https://shop.example/consent' }]);
  });

  it('reports progress, and stops a call that is given up', async () => {
    await using server = await startStateless('reject');
    await using relay = await openHttp(server.url);
    await relay.stopCall('work');
    await until('it has heard', () => server.state.ended.length > 0);
  });

  it('tells of changed tools, and says what is wrong with a call in its own words', async () => {
    await using server = await startStateless('reject');
    await using relay = await openHttp(server.url);
    await until('its tools are there', () => relay.relay.status.tools.length > 0);
    server.state.extraTools.push('later');
    await until('the change is known', () => {
      server.notify.toolsChanged();
      return relay.relay.status.tools.some(({ name }) => name === 'later');
    });
    const unknown = relay.client.request({ method: 'resources/read', params: { uri: 'note://two' } }, ResultSchema);
    await expect(unknown).rejects.toThrow(/note:\/\/two/);
  });
});

describe('what a server speaks', () => {
  it('is asked first over HTTP, so that one that serves both can ask people', async () => {
    await using server = await startStateless('stateless');
    const elicit = () => Promise.resolve({ action: 'accept' as const, content: { name: 'Bo' } });
    await using relay = await openHttp(server.url, { elicit });
    expect(texts(await relay.call('ask'))).toEqual(['Hello Bo']);
  });

  it('is remembered, so that an older server is asked once', async () => {
    const methods: unknown[] = [];
    await using server = await startMcpFixture({
      intercept(request) {
        if (request.headers['mcp-method'] !== undefined) methods.push(request.headers['mcp-method']);
        return false;
      },
    });
    const known = revisions();
    for (const name of ['one', 'two']) {
      await using relay = await openHttp(server.url, { name, known });
      expect(await relay.listTools()).toEqual(['echo']);
    }
    expect(methods).toEqual(['server/discover']);
  });

  it('is found out anew where it has changed', async () => {
    await using server = await startStateless('reject');
    const known = revisions();
    known.of({ name: 'docs', transport: 'http', url: server.url }).note('initialize');
    await using relay = await openHttp(server.url, { known });
    await relay.listTools();
    expect(texts(await relay.call('greet'))).toEqual(['greet was called']);
  });
});

/** The same server in this process, over what a program is reached by. */
function toLink(legacy: 'serve' | 'reject'): OpenMcpLink {
  return () => {
    const [here, there] = InMemoryTransport.createLinkedPair();
    const handle = serveStdio(() => createStatelessServer(toState()), { legacy, transport: there });
    return Promise.resolve({ transport: here, lost: undefined, isProcess: false, close: () => handle.close() });
  };
}

it.each(['serve', 'reject'] as const)(
  'speaks with a program of the second SDK that would %s 2025-11-25',
  async (legacy) => {
    await using relay = await openRelay({ openLink: toLink(legacy) });
    expect(texts(await relay.call('greet'))).toEqual(['greet was called']);
  },
);

it('leaves out tools that are malformed or mark headers wrongly, and tells people, with the others there', async () => {
  const inputSchema = { type: 'object', properties: { count: { type: 'number', 'x-mcp-header': 'Count' } } };
  const odd = [
    { name: 'bad', inputSchema: { type: 'string' } },
    { name: 'wrong', inputSchema },
  ];
  const openLink: OpenMcpLink = async (...link) =>
    mapLink(await toLink('reject')(...link), (message) =>
      'result' in message && Array.isArray(message.result['tools'])
        ? { ...message, result: { ...message.result, tools: [...odd, ...(message.result['tools'] as unknown[])] } }
        : message,
    );
  await using relay = await openRelay({ openLink });
  expect(await relay.listTools()).toEqual(['greet', 'region', 'ask', 'page', 'work']);
  expect(relay.texts()).toEqual([expect.stringContaining('2 of its tools have no usable name or input schema: “bad”')]);
});

it('asks a server that speaks 2026-07-28 alone whether it takes a credential', async () => {
  await using server = await startStateless('reject');
  expect(await probeServer(server.url, 'Bearer t0ken')).toEqual({ state: 'ok' });
  expect(server.heads.at(-1)).toMatchObject({ authorization: 'Bearer t0ken', 'mcp-method': 'tools/list' });
});

it('speaks of the older revisions those that docs/reference/mcp.md names', () => {
  expect([LATEST_PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS.at(-1)]).toEqual(['2025-11-25', '2024-10-07']);
});
