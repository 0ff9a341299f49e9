import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  InitializeRequestSchema,
  ListToolsRequestSchema,
  McpError,
  type CallToolRequest,
  type CallToolResult,
  type Notification,
} from '@modelcontextprotocol/sdk/types.js';

import type { ListedTool } from './list-tools.ts';
import type { McpConnection } from './mcp-connection.ts';

export interface RelayServerDeps {
  name: string;
  /** Resolves when a request of the CLI is to be answered with what is known by then. */
  whenReady(): Promise<void>;
  /** Undefined while there is none. */
  connection(): McpConnection | undefined;
  tools(): readonly ListedTool[];
  /** Why there is no connection, as a sentence for people. */
  describeMissing(): string;
  /** Whether the agent's reading of this resource was decided; true once for each decision. */
  takeReadPermit(uri: unknown): boolean;
  call(
    params: CallToolRequest['params'],
    context: { signal: AbortSignal; notify(notification: Notification): Promise<void> },
  ): Promise<CallToolResult>;
}

/**
 * Requests of the CLI to a server other than tool calls. What a resource holds is decided. The CLI (2.1.332) gets no prompts here,
 * and nobody would have decided it.
 */
const READING: ReadonlySet<string> = new Set([
  ...['prompts/list', 'resources/list', 'resources/templates/list', 'resources/read'],
]);

const EMPTY_LISTS: Readonly<Record<string, Record<string, unknown>>> = {
  'prompts/list': { prompts: [] },
  'resources/list': { resources: [] },
  'resources/templates/list': { resourceTemplates: [] },
};

/** The side of a relay that the CLI sees: an MCP server that answers in any case. */
export function createRelayServer(deps: RelayServerDeps): Server {
  const { name, whenReady, connection, describeMissing } = deps;
  const listChanged = { listChanged: true };
  const all = { tools: listChanged, prompts: listChanged, resources: listChanged };
  const info = { name, version: '1' };
  const server = new Server(info, { capabilities: all });
  server.setRequestHandler(InitializeRequestSchema, async ({ params }) => {
    await whenReady();
    const open = connection();
    const { instructions } = open ?? {};
    const { resources, ...others } = all;
    // The CLI offers its tools for resources where a server has some. One that is not there yet may have some.
    const capabilities = open?.has('resources') === false ? others : { ...others, resources };
    const { protocolVersion } = params;
    return { protocolVersion, capabilities, serverInfo: info, ...(instructions !== undefined && { instructions }) };
  });
  server.setRequestHandler(ListToolsRequestSchema, async () => {
    await whenReady();
    return { tools: [...deps.tools()] };
  });
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification }) =>
    deps.call(params, { signal, notify: sendNotification }),
  );
  server.fallbackRequestHandler = async ({ method, params }, { signal }) => {
    if (!READING.has(method)) throw new McpError(ErrorCode.MethodNotFound, `${method} is not passed on`);
    if (method === 'resources/read' && !deps.takeReadPermit(params?.['uri']))
      throw new McpError(ErrorCode.InvalidRequest, 'This reading was not decided, so nothing was read. Try it again');
    await whenReady();
    const empty = EMPTY_LISTS[method];
    const open = connection();
    const isOffered = open?.has(method.startsWith('prompts/') ? 'prompts' : 'resources') === true;
    if (!isOffered && empty !== undefined) return empty;
    if (!open) throw new McpError(ErrorCode.InternalError, describeMissing());
    return open.request({ method, ...(params && { params: { ...params } }) }, { signal });
  };
  return server;
}
