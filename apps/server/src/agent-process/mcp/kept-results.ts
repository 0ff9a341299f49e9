import type { AgentToolResultEvent, McpAppReference } from '@claude-sdk-pattern/protocol';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

export type ShownContent = NonNullable<AgentToolResultEvent['content']>;

/** What people see of the result of an MCP tool and the CLI does not tell. */
export interface KeptResult {
  /** Of a result that the CLI replaces by the name of a file. */
  content?: ShownContent;
  /** The app that shows the result. */
  app?: McpAppReference;
}

/** Results of MCP tools, until the CLI reports their end. */
export interface KeptResults {
  /** Keeps a result that is large, or that an app shows; ignores any other. */
  note(toolUseId: unknown, result: CallToolResult, app?: McpAppReference): void;
  /** A kept result, once. */
  take(toolUseId: string): KeptResult | undefined;
}

/** Over about this the CLI writes a result to a file, which the agent reads in parts (2.1.332). */
export const LARGE_CHARS = 50_000;
/** Far more than anybody reads, and little enough for an event that every client gets. */
const MAX_SHOWN_CHARS = 400_000;
/** A result is taken moments after it is kept; one whose call was given up never is. */
const MAX_KEPT = 20;

export function createKeptResults(): KeptResults {
  const kept = new Map<string, KeptResult>();
  return {
    note(toolUseId, { content, isError }, app) {
      const isLarge = isError !== true && countChars(content) > LARGE_CHARS;
      if (typeof toolUseId !== 'string' || (!isLarge && app === undefined)) return;
      kept.set(toolUseId, { ...(isLarge && { content: toShown(content) }), ...(app && { app }) });
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    },
    take(toolUseId) {
      const result = kept.get(toolUseId);
      kept.delete(toolUseId);
      return result;
    },
  };
}

function countChars(content: CallToolResult['content']): number {
  return content.reduce((sum, block) => sum + (block.type === 'text' ? block.text.length : 0), 0);
}

function toShown(content: CallToolResult['content']): ShownContent {
  let left = MAX_SHOWN_CHARS;
  return content.map((block) => {
    if (block.type !== 'text') return { type: 'text', text: `[${block.type}]` };
    const cut = block.text.length - left;
    const text = cut > 0 ? `${block.text.slice(0, left)}\n[${cut} more characters are not shown]` : block.text;
    left = Math.max(0, left - block.text.length);
    return { type: 'text', text };
  });
}
