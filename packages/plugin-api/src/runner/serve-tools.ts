import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

import type { ToolSource } from './tool-source.ts';

/** An MCP server with the tools of a plugin, not connected yet. */
export function createToolServer(source: ToolSource, info: { name: string; version: string }): Server {
  const server = new Server(info, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: source.listTools() }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal, sendNotification }) => {
    const { _meta: meta } = params;
    const progressToken = meta?.progressToken;
    const notify = (progress: { progress: number; total?: number; message?: string }) => {
      if (progressToken === undefined) return;
      const message = { method: 'notifications/progress' as const, params: { ...progress, progressToken } };
      // A connection that is lost ends the call by itself.
      sendNotification(message).catch(() => undefined);
    };
    return source.callTool({ tool: params.name, input: params.arguments }, { signal, onProgress: notify });
  });
  return server;
}
