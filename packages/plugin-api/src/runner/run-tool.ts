import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

import type { ToolContext } from '../plugin-context.ts';
import { describeIssues } from './describe-issues.ts';
import type { LoadedPlugin } from './loaded-plugin.ts';
import { toReason } from './to-reason.ts';

export interface ToolCall {
  tool: string;
  input: unknown;
}

/** Runs one call. What fails in it is its answer, for the model to read; never rejects. */
export async function runTool(
  plugin: Pick<LoadedPlugin, 'tools'>,
  { tool: name, input }: ToolCall,
  context: ToolContext,
): Promise<CallToolResult> {
  const tool = plugin.tools.get(name);
  if (tool === undefined) return toFailure(`There is no tool ${name}`);
  try {
    const parsed = await tool.input.safeParseAsync(input ?? {});
    if (!parsed.success) return toFailure(`The input does not fit:\n${describeIssues(parsed.error)}`);
    return toResult(await tool.run(parsed.data, context));
  } catch (error) {
    return toFailure(toReason(error));
  }
}

/** An answer of MCP that says why a call failed. */
export function toFailure(reason: string): CallToolResult {
  return { isError: true, content: [{ type: 'text', text: reason }] };
}

function toResult(value: unknown): CallToolResult {
  if (isResult(value)) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { content: [{ type: 'text', text: text ?? '' }] };
}

function isResult(value: unknown): value is CallToolResult {
  return typeof value === 'object' && value !== null && 'content' in value && Array.isArray(value.content);
}
