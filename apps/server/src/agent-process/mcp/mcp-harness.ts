import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema, type CallToolResult } from '@modelcontextprotocol/sdk/types.js';

export interface McpFixture extends AsyncDisposable {
  readonly url: string;
  /** Every tool call, as the server itself got it. */
  readonly calls: { name: string; arguments: unknown }[];
  /** Aborted calls. */
  readonly cancelled: string[];
  /** Servers of the connections that are open. */
  readonly servers: readonly Server[];
  /** Forgets every connection, as a restart does. */
  forget(): Promise<void>;
}

export interface McpFixtureOptions {
  port?: number;
  /** Each a page. A page that is an error is refused with it. */
  pages?: (string[] | Error)[];
  /** Description of each tool, after the tool's name. */
  description?: string;
  /** Answers by itself before the MCP server does; true when it has. */
  intercept?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  call?: (name: string, context: { server: Server; signal: AbortSignal }) => Promise<CallToolResult>;
}

const answerOf = (text: string): CallToolResult => ({ content: [{ type: 'text', text }] });

/** For tests: a real MCP server over HTTP on a free port of this machine. */
export async function startMcpFixture(options: McpFixtureOptions = {}): Promise<McpFixture> {
  const { pages = [['echo']], description = '' } = options;
  const calls: McpFixture['calls'] = [];
  const cancelled: string[] = [];
  const connections = new Map<string, { server: Server; transport: StreamableHTTPServerTransport }>();

  const createMcp = () => {
    const server = new Server({ name: 'fixture', version: '1' }, { capabilities: { tools: { listChanged: true } } });
    server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
      const index = Number(params?.cursor ?? 0);
      const page = pages[index] ?? [];
      if (page instanceof Error) throw page;
      const tools = page.map((name) => ({
        name,
        description: `The tool ${name}${description}`,
        inputSchema: { type: 'object' as const },
      }));
      return { tools, ...(index + 1 < pages.length && { nextCursor: String(index + 1) }) };
    });
    server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
      calls.push({ name: params.name, arguments: params.arguments });
      signal.addEventListener('abort', () => cancelled.push(params.name));
      return (await options.call?.(params.name, { server, signal })) ?? answerOf(`${params.name} was called`);
    });
    return server;
  };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    if ((await options.intercept?.(request, response)) === true) return;
    const sessionId = request.headers['mcp-session-id'];
    const known = typeof sessionId === 'string' ? connections.get(sessionId) : undefined;
    if (known) return known.transport.handleRequest(request, response);
    if (sessionId !== undefined) return void response.writeHead(404).end();
    const server = createMcp();
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void connections.set(id, { server, transport }),
    });
    await server.connect(transport);
    return transport.handleRequest(request, response);
  };

  const forget = async () => {
    const open = [...connections.values()];
    connections.clear();
    await Promise.all(open.map(({ server }) => server.close()));
  };
  const http = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`,
    calls,
    cancelled,
    get servers() {
      return [...connections.values()].map(({ server }) => server);
    },
    forget,
    async [Symbol.asyncDispose]() {
      await forget();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
