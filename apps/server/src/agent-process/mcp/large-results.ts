import type { AgentToolResultEvent } from '@claude-sdk-pattern/protocol';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

export type ShownContent = NonNullable<AgentToolResultEvent['content']>;

/** Results of MCP tools that the CLI replaces by the name of a file, for people to see them whole. */
export interface LargeResults {
  /** Keeps a result that is large; ignores any other. */
  note(toolUseId: unknown, result: CallToolResult): void;
  /** The content of a kept result, once. */
  take(toolUseId: string): ShownContent | undefined;
}

/** Over about this the CLI writes a result to a file, which the agent reads in parts (2.1.332). */
export const LARGE_CHARS = 50_000;
/** Far more than anybody reads, and little enough for an event that every client gets. */
const MAX_SHOWN_CHARS = 400_000;
/** A result is taken moments after it is kept; one whose call was given up never is. */
const MAX_KEPT = 20;

export function createLargeResults(): LargeResults {
  const kept = new Map<string, ShownContent>();
  return {
    note(toolUseId, { content, isError }) {
      if (typeof toolUseId !== 'string' || isError === true || countChars(content) <= LARGE_CHARS) return;
      kept.set(toolUseId, toShown(content));
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    },
    take(toolUseId) {
      const content = kept.get(toolUseId);
      kept.delete(toolUseId);
      return content;
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
