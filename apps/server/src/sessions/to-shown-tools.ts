import type { McpToolResource } from '@claude-sdk-pattern/protocol';

import type { ListedTool } from '../agent-process/mcp/list-tools.ts';

/** Of all schemas together; those that follow are left out. */
const MAX_SCHEMA_CHARS = 1024 * 1024;
const MAX_DESCRIPTION_CHARS = 4000;

/** The tools of an MCP server for people, with the server's own names. Pure. */
export function toShownTools(tools: readonly ListedTool[]): McpToolResource[] {
  let left = MAX_SCHEMA_CHARS;
  return tools.map((tool) => {
    const { name, inputSchema, title, description, annotations } = tool;
    left -= JSON.stringify(inputSchema).length;
    return {
      ...{ name, title: toText(title) ?? toText(readField(annotations, 'title')) },
      description: toText(description),
      input_schema: left < 0 ? null : inputSchema,
      is_read_only: toFlag(readField(annotations, 'readOnlyHint')),
    };
  });
}

function readField(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
}

function toText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_DESCRIPTION_CHARS) : null;
}

function toFlag(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null;
}
