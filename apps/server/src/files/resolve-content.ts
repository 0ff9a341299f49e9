import type { ContentBlockParam } from '@anthropic-ai/sdk/resources/messages';
import { CspError, type UserContentBlock } from '@claude-sdk-pattern/protocol';

import { isTextType } from './detect-mime-type.ts';
import type { FileService } from './file-service.ts';

const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
type ImageType = (typeof IMAGE_TYPES)[number];
const PDF = 'application/pdf';

type Block<T extends UserContentBlock['type']> = Extract<UserContentBlock, { type: T }>;

/**
 * Refuses content that the model could not take, before it is stored.
 * @throws CspError `not_found` for a file that the owner does not have, `invalid_request` for one of another type; both
 * with the place of the block in `details.field`.
 */
export async function checkContent(
  files: Pick<FileService, 'get'>,
  ownerId: string,
  content: readonly UserContentBlock[],
): Promise<void> {
  for (const [index, block] of content.entries()) {
    if (block.type === 'text') continue;
    const field = `content.${index}.source`;
    const { source } = block;
    if (source.type === 'file') {
      const { mimeType } = await files.get(ownerId, source.file_id);
      if (!fits(block.type, mimeType)) refuse(`${field}.file_id`, block.type, mimeType);
    } else if (source.type === 'base64' && !fits(block.type, source.media_type)) {
      refuse(`${field}.media_type`, block.type, 'this media type');
    }
  }
}

/**
 * The content of a message as Claude Code takes it. A file that is gone since it was sent becomes a text that says so:
 * a turn must not fail for it.
 */
export function resolveContent(
  files: Pick<FileService, 'read'>,
  ownerId: string,
  content: readonly UserContentBlock[],
): Promise<ContentBlockParam[]> {
  return Promise.all(
    content.map(async (block): Promise<ContentBlockParam> => {
      if (block.type === 'text') return block;
      if (block.source.type === 'file') {
        const found = await files.read(ownerId, block.source.file_id).catch(() => undefined);
        if (found === undefined) return { type: 'text', text: `[The file ${block.source.file_id} is gone.]` };
        const { file, content: bytes } = found;
        const named = block.type === 'document' ? { ...block, title: block.title ?? file.filename } : block;
        return toBlock(named, file.mimeType, bytes);
      }
      if (block.source.type === 'base64')
        return toBlock(block, block.source.media_type, Buffer.from(block.source.data, 'base64'));
      return block.type === 'image' ? { type: 'image', source: toUrlSource(block) } : toDocument(block, block.source);
    }),
  );
}

function toBlock(block: Block<'image'> | Block<'document'>, mimeType: string, bytes: Buffer): ContentBlockParam {
  if (block.type === 'image') {
    const source = { type: 'base64', media_type: mimeType as ImageType, data: bytes.toString('base64') } as const;
    return { type: 'image', source };
  }
  return toDocument(
    block,
    mimeType === PDF
      ? { type: 'base64', media_type: PDF, data: bytes.toString('base64') }
      : { type: 'text', media_type: 'text/plain', data: bytes.toString() },
  );
}

function toUrlSource({ source }: Block<'image'>): { type: 'url'; url: string } {
  if (source.type === 'url') return source;
  throw new Error(`An image has no source ${source.type} here`);
}

type DocumentBlock = Extract<ContentBlockParam, { type: 'document' }>;

function toDocument(block: Block<'document'>, source: unknown): DocumentBlock {
  return {
    type: 'document',
    // Base64 and files were turned into one of these before.
    source: source as DocumentBlock['source'],
    ...(block.title != null && { title: block.title }),
    ...(block.context != null && { context: block.context }),
  };
}

function fits(type: 'image' | 'document', mimeType: string): boolean {
  if (type === 'image') return (IMAGE_TYPES as readonly string[]).includes(mimeType);
  return mimeType === PDF || isTextType(mimeType);
}

function refuse(field: string, type: 'image' | 'document', what: string): never {
  const takes = type === 'image' ? 'JPEG, PNG, GIF and WebP' : 'PDF and text';
  throw new CspError(
    'invalid_request',
    `The request is not valid: ${field}: a block ${type} takes ${takes}, not ${what}`,
    {
      details: { field },
    },
  );
}
