import { createHash } from 'node:crypto';

/** A tool of an MCP server, with the names that the agent and the server use. */
export interface McpTool {
  server: string;
  tool: string;
}

/** The Messages API takes tool names of 1 to 64 characters, letters, digits, `_` and `-`. */
const MAX_NAME_CHARS = 64;
const MAX_SERVER_CHARS = 32;
const PREFIX = 'mcp__';
const SEPARATOR = '__';
/** Ends a name that was changed, so that no other name can become the same. */
const MARK = /-x[0-9a-f]{12}$/;
const MARK_CHARS = 14;
/** Without `__`, and with no `_` at either end: a name has one place where the server ends. */
const PLAIN_SERVER = /^[A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*$/;
const PLAIN_TOOL = /^[A-Za-z0-9_-]+$/;
const CLI_NAME = /^mcp__([A-Za-z0-9-]+(?:_[A-Za-z0-9-]+)*)__([A-Za-z0-9_-]+)$/;

/**
 * The name of an MCP server in the CLI and for the model. A name that fits stays. Others are cleaned, shortened and
 * end in a digest of the original, so that two servers never share one.
 */
export function toMcpServerName(server: string): string {
  const isPlain = PLAIN_SERVER.test(server) && server.length <= MAX_SERVER_CHARS && !MARK.test(server);
  if (isPlain) return server;
  const words = server.split(/[^A-Za-z0-9-]+/).filter((word) => word !== '');
  return mark(words.join('_'), server, MAX_SERVER_CHARS);
}

/**
 * The name of an MCP tool in the CLI, the model's requests, the policy and the rules: `mcp__SERVER__TOOL`. The CLI
 * would make `a.b` and `a_b` the same (2.1.330), so it gets only names that it does not change.
 */
export function toMcpToolName({ server, tool }: McpTool): string {
  const start = PREFIX + toMcpServerName(server) + SEPARATOR;
  const maxChars = MAX_NAME_CHARS - start.length;
  const isPlain = PLAIN_TOOL.test(tool) && tool.length <= maxChars && !MARK.test(tool);
  return start + (isPlain ? tool : mark(tool.replaceAll(/[^A-Za-z0-9_-]+/g, '_'), tool, maxChars));
}

/** The parts of such a name as the CLI knows them; undefined for every other tool. */
export function parseMcpToolName(name: string): { serverName: string; toolName: string } | undefined {
  const [, serverName, toolName] = CLI_NAME.exec(name) ?? [];
  return serverName === undefined || toolName === undefined ? undefined : { serverName, toolName };
}

/** The name that people see: `mcp__SERVER__TOOL` with the server's own spelling. */
export function toMcpDisplayName({ server, tool }: McpTool): string {
  return PREFIX + server + SEPARATOR + tool;
}

/** Claude Code's tool that reads a resource of an MCP server (CLI 2.1.332): `{server, uri}`. */
export const RESOURCE_TOOL = 'ReadMcpResourceTool';

/** The one that lists them (CLI 2.1.332): of the server that its input names, or of all. */
export const RESOURCE_LIST_TOOL = 'ListMcpResourcesTool';

/**
 * Reading a resource of an MCP server is decided as a call of a tool of that server; this is the tool's name. Undefined for every
 * other call.
 */
export function toResourceToolName(toolName: string, input: Readonly<Record<string, unknown>>): string | undefined {
  const { server } = input;
  if (toolName !== RESOURCE_TOOL || typeof server !== 'string' || !PLAIN_SERVER.test(server)) return undefined;
  return PREFIX + server + SEPARATOR + RESOURCE_TOOL;
}

function mark(cleaned: string, original: string, maxChars: number): string {
  // Lone surrogates are not the same text, but would be the same UTF-8.
  const digest = createHash('sha256')
    .update(original, 'utf16le')
    .digest('hex')
    .slice(0, MARK_CHARS - 2);
  const kept = cleaned.slice(0, maxChars - MARK_CHARS).replaceAll(/^_+|_+$/g, '');
  return `${kept === '' ? 'x' : kept}-x${digest}`;
}
