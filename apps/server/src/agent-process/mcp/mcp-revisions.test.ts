import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { LATEST_PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { InMemoryTransport, McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { until } from '@claude-sdk-pattern/testkit';
import { expect, it } from 'vitest';

import { openRelay } from './fixtures/relay-harness.ts';
import type { OpenMcpLink } from './mcp-link.ts';

/** A server of the second SDK, which speaks 2026-07-28, and older revisions too where it `serve`s them. */
function toModernServer(legacy: 'serve' | 'reject'): OpenMcpLink {
  return () => {
    const [here, there] = InMemoryTransport.createLinkedPair();
    const handle = serveStdio(
      () => {
        const server = new McpServer({ name: 'modern', version: '1' });
        server.registerTool('greet', {}, () => ({ content: [{ type: 'text', text: 'Hello' }] }));
        return server;
      },
      { legacy, transport: there },
    );
    // The transports of both SDKs are alike, but for the types of messages.
    const transport = here as unknown as Transport;
    return Promise.resolve({ transport, lost: undefined, isProcess: false, close: () => handle.close() });
  };
}

it('speaks 2025-11-25 at most, as docs/reference/mcp.md says', () => {
  expect([LATEST_PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS.at(-1)]).toEqual(['2025-11-25', '2024-10-07']);
});

it('speaks 2025-11-25 with a server that speaks 2026-07-28 as well', async () => {
  await using relay = await openRelay({ openLink: toModernServer('serve') });
  expect(await relay.listTools()).toEqual(['greet']);
  expect(await relay.call('greet')).toMatchObject({ content: [{ text: 'Hello' }] });
});

it('says which revisions it speaks where a server speaks only newer ones', async () => {
  await using relay = await openRelay({ openLink: toModernServer('reject') });
  await until('people are told', () => relay.texts().length > 0);
  expect(relay.texts()).toEqual([expect.stringContaining('none of the revisions of MCP that this platform speaks')]);
});
