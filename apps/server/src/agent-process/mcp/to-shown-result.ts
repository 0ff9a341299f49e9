import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';

import type { ShownContent } from './kept-results.ts';

/** What a person is shown of a result. */
export interface ShownResult {
  content: ShownContent;
  /** The result's structured content; null where it has none, or too much. */
  structured: unknown;
  /** Whether something of it is not shown. */
  isCut: boolean;
}

const MAX_TEXT_CHARS = 400_000;
/** Of images together, as base64. */
const MAX_IMAGE_CHARS = 4 * 1024 * 1024;
const MAX_BLOCKS = 200;
const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;

/** The result of a tool as the events of a session have it, within bounds. Pure. */
export function toShownResult({ content = [], structuredContent }: Partial<CallToolResult>): ShownResult {
  let textLeft = MAX_TEXT_CHARS;
  let imageLeft = MAX_IMAGE_CHARS;
  let isCut = content.length > MAX_BLOCKS;
  const say = (text: string): ShownContent[number] => {
    const shown = text.slice(0, textLeft);
    isCut ||= shown.length < text.length;
    textLeft -= shown.length;
    return { type: 'text', text: shown };
  };
  const shown = content.slice(0, MAX_BLOCKS).map((block): ShownContent[number] => {
    if (block.type === 'text') return say(block.text);
    if (block.type === 'resource' && 'text' in block.resource) return say(block.resource.text);
    if (block.type === 'resource_link') return say(`[${block.name}: ${block.uri}]`);
    const mediaType = block.type === 'image' ? IMAGE_TYPES.find((type) => type === block.mimeType) : undefined;
    if (block.type !== 'image' || mediaType === undefined) return say(`[${block.type}]`);
    if (block.data.length > imageLeft) {
      isCut = true;
      return say('[image]');
    }
    imageLeft -= block.data.length;
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data: block.data } };
  });
  const json = structuredContent === undefined ? '' : JSON.stringify(structuredContent);
  isCut ||= json.length > textLeft;
  return { content: shown, structured: json === '' || json.length > textLeft ? null : structuredContent, isCut };
}
