import type { ContentBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { ResultContentBlock, UserContentBlock } from '@claude-sdk-pattern/protocol';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

import { resolveContent } from '../files/resolve-content.ts';
import type { FileService } from '../files/file-service.ts';
import type { CustomResult } from '../permissions/custom-results.ts';

/** The result of a custom tool as the agent process takes it, with the files that it names. */
export async function toMcpResult(
  files: Pick<FileService, 'readForSession'>,
  session: { id: string; ownerId: string },
  { content = [], is_error: isError }: CustomResult,
): Promise<CallToolResult> {
  const blocks = await resolveContent(files, session, content.map(toMessageBlock));
  return { content: blocks.map(toMcpBlock), ...(isError === true && { isError }) };
}

function toMessageBlock(block: ResultContentBlock): UserContentBlock {
  if (block.type !== 'search_result') return block;
  const texts = block.content.map(({ text }) => text);
  return { type: 'text', text: [block.title, block.source, ...texts].join('\n') };
}

function toMcpBlock(block: ContentBlockParam): CallToolResult['content'][number] {
  if (block.type === 'text') return { type: 'text', text: block.text };
  if (block.type === 'image' && block.source.type === 'base64')
    return { type: 'image', data: block.source.data, mimeType: block.source.media_type };
  if (block.type === 'document' && block.source.type === 'text') {
    const head = [block.title, block.context].filter((text) => text != null && text !== '');
    return { type: 'text', text: [...head, block.source.data].join('\n') };
  }
  return { type: 'text', text: `[${block.type}]` };
}
