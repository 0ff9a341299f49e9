import type { McpToolTest } from '@claude-sdk-pattern/protocol';

import type { ToolImage, ToolItem } from '../../session/items.ts';

/** The result of a test as the conversation would have it, so that its card's content shows it. Pure. */
export function toTestItem(
  { outcome, content, structured, duration_ms: ms }: McpToolTest,
  { server, tool, input }: { server: string; tool: string; input: Record<string, unknown> },
): ToolItem {
  const texts = content.flatMap((block) => (block.type === 'text' ? [block.text] : []));
  const said = texts.join('\n');
  const output = said === '' && structured !== null ? JSON.stringify(structured) : said;
  return {
    ...{ kind: 'tool', id: `test:${server}:${tool}`, seq: 0, at: 0, threadId: null, name: tool, server, plugin: null },
    ...{ input, secrets: null, elicitation: null, status: outcome === 'success' ? 'done' : 'failed' },
    ...{ output, images: content.flatMap(toImage), structured, endedAt: ms, workedFrom: 0, workedTo: ms },
    ...{ approval: null, decision: null, deniedBy: null, cancelled: null, childThreadId: null, app: null },
  };
}

function toImage(block: McpToolTest['content'][number]): ToolImage[] {
  if (block.type !== 'image' || block.source.type !== 'base64') return [];
  return [{ mediaType: block.source.media_type, data: block.source.data }];
}
