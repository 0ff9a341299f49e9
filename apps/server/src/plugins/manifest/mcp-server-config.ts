import { posix } from 'node:path';

import { z } from 'zod';

const MAX_URL_CHARS = 65_536;
const texts = z.record(z.string(), z.string());
const url = z.string().min(1).max(MAX_URL_CHARS);
const timeout = z.number().int().positive().optional().describe('Milliseconds that a tool call may take.');

const stdio = z.object({
  type: z.literal('stdio').optional(),
  command: z
    .string()
    .min(1)
    .refine((command) => !leavesPlugin(command), 'Must not lead out of the plugin'),
  args: z.array(z.string()).default([]),
  env: texts.optional(),
  cwd: z.string().min(1).optional(),
  timeout,
});
const overHttp = { url, headers: texts.optional(), timeout };
const http = z.object({ type: z.enum(['http', 'streamable-http']).transform(() => 'http' as const), ...overHttp });
const sse = z.object({ type: z.literal('sse'), ...overHttp });

/**
 * An MCP server as `.mcp.json` and manifests list it (CLI 2.1.332). Fields that only Claude Code itself uses are dropped.
 * Texts may hold `${CLAUDE_PLUGIN_ROOT}`, `${user_config.NAME}` and `${secret:NAME}`.
 */
export const mcpServerConfig = z.union([stdio, http, sse]);

export type McpServerConfig = z.output<typeof mcpServerConfig>;

/** The servers of a manifest or an `.mcp.json`, by name. */
export const mcpServerConfigs = z.record(z.string().min(1), mcpServerConfig);

function leavesPlugin(command: string): boolean {
  const path = command.replace(/^\$\{CLAUDE_PLUGIN_ROOT\}\//, './');
  return path.startsWith('./') && posix.normalize(path).startsWith('..');
}
