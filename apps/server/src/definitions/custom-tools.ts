import type { CustomTool } from '@claude-sdk-pattern/protocol/v1';

import { toMcpToolName } from './mcp-tool-name.ts';

/** The MCP server under which the CLI gets the tools that programs of the client run. */
export const CUSTOM_SERVER = 'custom';

/** The CLI's name of a custom tool, which the rules of the policy use. */
export function toCustomToolName(name: string): string {
  return toMcpToolName({ server: CUSTOM_SERVER, tool: name });
}

/** The own name of the custom tool that the CLI's name stands for; undefined for every other tool. */
export function findCustomTool(tools: readonly Pick<CustomTool, 'name'>[], cliName: string): string | undefined {
  return tools.find(({ name }) => toCustomToolName(name) === cliName)?.name;
}
