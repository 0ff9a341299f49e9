import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

import { LARGE_CHARS } from './kept-results.ts';

/**
 * The result as the CLI needs it to lose nothing (2.1.332). Structured content goes into the text, where the text does
 * not have it already: the CLI shows the model structured content alone and drops the text beside it. Large text goes
 * into the `toolResult` of old revisions: the CLI writes that to its file as it is, but a list of blocks as one line of
 * JSON, which the agent cannot read in parts.
 */
export function toTextResult({ structuredContent, ...result }: CallToolResult): CallToolResult {
  // A server outside of our types may leave it out.
  const blocks = (result.content as CallToolResult['content'] | undefined) ?? [];
  const isSaid =
    structuredContent === undefined ||
    blocks.some((block) => block.type === 'text' && hasSaid(block.text, structuredContent));
  const content = isSaid ? blocks : [...blocks, { type: 'text' as const, text: JSON.stringify(structuredContent) }];
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  const text = texts.join('\n');
  if (text.length <= LARGE_CHARS || texts.length < content.length) return { ...result, content };
  return { ...result, content: [], toolResult: text };
}

/** Many servers write the same as JSON, or wrap what they say in one field. */
function hasSaid(text: string, structured: Record<string, unknown>): boolean {
  const values = Object.values(structured);
  const said = [structured, ...(values.length === 1 ? values : [])];
  if (said.includes(text)) return true;
  try {
    const json = JSON.stringify(JSON.parse(text));
    return said.some((each) => JSON.stringify(each) === json);
  } catch {
    return false;
  }
}
