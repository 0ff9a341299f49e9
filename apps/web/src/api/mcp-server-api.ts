import type { McpServerCheck, McpToolTest, SessionMcpServerResource } from '@claude-sdk-pattern/protocol';

import type { Requests } from './requests.ts';

/** A tool call that a person makes by hand. */
export interface TriedCall {
  /** The server's own name of the tool. */
  tool: string;
  input: Record<string, unknown>;
}

/** MCP servers: those of a session, and those of plugins for operators. The signals end what the server does. */
export interface McpServerApi {
  listOfSession: (sessionId: string) => Promise<{ data: SessionMcpServerResource[] }>;
  reconnect: (sessionId: string, server: string) => Promise<{ data: SessionMcpServerResource[] }>;
  connect: (plugin: string, server: string, signal: AbortSignal) => Promise<McpServerCheck>;
  test: (plugin: string, server: string, call: TriedCall, signal: AbortSignal) => Promise<McpToolTest>;
}

export function createMcpServerApi({ json }: Pick<Requests, 'json'>): McpServerApi {
  const ofSession = (id: string) => `/api/v1/sessions/${encodeURIComponent(id)}/mcp-servers`;
  const ofPlugin = (name: string, server: string) =>
    `/api/v1/plugins/${encodeURIComponent(name)}/servers/${encodeURIComponent(server)}`;
  return {
    listOfSession: (id) => json('GET', ofSession(id)),
    reconnect: (id, server) => json('POST', `${ofSession(id)}/${encodeURIComponent(server)}/reconnect`),
    connect: (name, server, signal) => json('POST', `${ofPlugin(name, server)}/connect`, undefined, signal),
    test: (name, server, call, signal) => json('POST', `${ofPlugin(name, server)}/test`, call, signal),
  };
}
