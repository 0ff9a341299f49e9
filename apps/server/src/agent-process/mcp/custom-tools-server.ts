import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type CallToolResult,
} from '@modelcontextprotocol/sdk/types.js';
import type { CustomTool } from '@claude-sdk-pattern/protocol/v1';

import { CUSTOM_SERVER, findCustomTool, toCustomToolName } from '../../definitions/custom-tools.ts';
import { parseMcpToolName } from '../../definitions/mcp-tool-name.ts';
import { toUsableSchema } from '../../definitions/usable-schema.ts';
import type { CustomCall } from '../../permissions/custom-results.ts';
import { toTextResult } from './to-text-result.ts';

export interface CustomToolsServerOptions {
  tools: readonly CustomTool[];
  /** What the program of the client has sent for the call; undefined where it is not for this call, or was taken before. */
  takeResult(call: CustomCall): Promise<CallToolResult | undefined>;
}

/**
 * The MCP server through which the CLI calls tools that programs of the client run. By the time of the call the result is
 * there: the CLI asks for permission first, and gets it when the program has answered.
 */
export function createCustomToolsServer({ tools, takeResult }: CustomToolsServerOptions): Server {
  const server = new Server({ name: CUSTOM_SERVER, version: '1' }, { capabilities: { tools: {} } });
  const listed = tools.map(({ name, description, input_schema: schema }) => ({
    name: parseMcpToolName(toCustomToolName(name))?.toolName ?? name,
    description,
    inputSchema: toUsableSchema({ ...schema }) ?? { type: 'object' as const },
    // The agent's definition names them, so the model knows them from the start, without a search.
    _meta: { 'anthropic/alwaysLoad': true },
  }));
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: listed }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params: { name, arguments: input = {}, _meta: meta } }) => {
    const toolName = `mcp__${CUSTOM_SERVER}__${name}`;
    if (findCustomTool(tools, toolName) === undefined)
      throw new McpError(ErrorCode.InvalidParams, `There is no tool ${name}`);
    const toolUseId = meta?.['claudecode/toolUseId'];
    const call = { toolUseId: typeof toolUseId === 'string' ? toolUseId : undefined, toolName, input };
    const result = await takeResult(call);
    if (result === undefined) throw new McpError(ErrorCode.InvalidRequest, 'This call was not answered. Make it again');
    return toTextResult(result);
  });
  return server;
}
