import type { ContentBlockParam } from '@anthropic-ai/sdk/resources/messages';
import { CspError, MAX_MESSAGE_BYTES, type UserContentBlock } from '@claude-sdk-pattern/protocol';

import type { Actor } from '../identity/actor.ts';
import type { StoredFile } from '../store/files.ts';
import { isTextType } from './detect-mime-type.ts';
import type { FileService } from './file-service.ts';

const IMAGE_TYPES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'] as const;
type ImageType = (typeof IMAGE_TYPES)[number];
const PDF = 'application/pdf';

type Block<T extends UserContentBlock['type']> = Extract<UserContentBlock, { type: T }>;

/**
 * Refuses content that the model could not take, before it is stored.
 * @throws CspError `not_found` for a file that the sender may not use, `invalid_request` for one of another type, both
 * with the place of the block in `details.field`; `too_large` when all of it together is more than a model call may carry.
 */
export async function checkContent(
  files: Pick<FileService, 'get'>,
  actor: Actor,
  content: readonly UserContentBlock[],
): Promise<void> {
  let bytes = 0;
  for (const [index, block] of content.entries()) {
    if (block.type === 'text') {
      bytes += Buffer.byteLength(block.text);
      continue;
    }
    const field = `content.${index}.source`;
    bytes += measureNames(block);
    const { source } = block;
    if (source.type === 'file') {
      const { mimeType, sizeBytes } = await files.get(actor, source.file_id);
      if (!fits(block.type, mimeType)) refuse(`${field}.file_id`, block.type, mimeType);
      bytes += isTextType(mimeType) ? sizeBytes : toBase64Length(sizeBytes);
    } else if (source.type === 'base64') {
      if (!fits(block.type, source.media_type)) refuse(`${field}.media_type`, block.type, 'this media type');
      bytes += source.data.length;
    } else {
      bytes += Buffer.byteLength(source.type === 'url' ? source.url : source.data);
    }
  }
  if (bytes > MAX_MESSAGE_BYTES) refuseSize(bytes);
}

/**
 * The content of a message as Claude Code takes it. A file that was deleted meanwhile becomes a text that says so, so
 * that the turn does not fail. Files are read one after the other; a file that several blocks name is in memory once.
 */
export async function resolveContent(
  files: Pick<FileService, 'readForSession'>,
  session: { id: string; ownerId: string },
  content: readonly UserContentBlock[],
): Promise<ContentBlockParam[]> {
  const held = new Map<string, { file: StoredFile; data: string } | undefined>();
  const readOnce = async (id: string) => {
    if (!held.has(id)) held.set(id, await readAsText(files, session, id));
    return held.get(id);
  };
  const blocks: ContentBlockParam[] = [];
  for (const block of content) blocks.push(await toBlock(block, readOnce));
  return blocks;
}

async function readAsText(
  files: Pick<FileService, 'readForSession'>,
  session: { id: string; ownerId: string },
  id: string,
) {
  const found = await files.readForSession(session, id).catch(() => undefined);
  return found && { file: found.file, data: encode(found.file.mimeType, found.content) };
}

async function toBlock(
  block: UserContentBlock,
  readOnce: (id: string) => ReturnType<typeof readAsText>,
): Promise<ContentBlockParam> {
  if (block.type === 'text') return block;
  if (block.source.type === 'file') {
    const found = await readOnce(block.source.file_id);
    if (found === undefined) return { type: 'text', text: `[The file ${block.source.file_id} is gone.]` };
    const { file, data } = found;
    const named = block.type === 'document' ? { ...block, title: block.title ?? file.filename } : block;
    return toEncodedBlock(named, file.mimeType, data);
  }
  if (block.source.type === 'base64') {
    const { media_type: mimeType, data } = block.source;
    return toEncodedBlock(block, mimeType, isTextType(mimeType) ? Buffer.from(data, 'base64').toString() : data);
  }
  return block.type === 'image' ? { type: 'image', source: toUrlSource(block) } : toDocument(block, block.source);
}

/** As in a model call: text unchanged, everything else as base64. */
function encode(mimeType: string, bytes: Buffer): string {
  return bytes.toString(isTextType(mimeType) ? 'utf8' : 'base64');
}

function toEncodedBlock(block: Block<'image'> | Block<'document'>, mimeType: string, data: string): ContentBlockParam {
  if (block.type === 'image')
    return { type: 'image', source: { type: 'base64', media_type: mimeType as ImageType, data } };
  return toDocument(
    block,
    mimeType === PDF ? { type: 'base64', media_type: PDF, data } : { type: 'text', media_type: 'text/plain', data },
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

function measureNames(block: Block<'image'> | Block<'document'>): number {
  if (block.type === 'image') return 0;
  return Buffer.byteLength(block.title ?? '') + Buffer.byteLength(block.context ?? '');
}

function toBase64Length(bytes: number): number {
  return Math.ceil(bytes / 3) * 4;
}

function refuseSize(bytes: number): never {
  const [limit, size] = [MAX_MESSAGE_BYTES, bytes].map((each) => Math.ceil(each / 1024 / 1024));
  throw new CspError(
    'too_large',
    `The content of a message may have ${limit} MB at most, this has ${size} MB: images and PDFs count as base64, a third more than their size, and a file for each block that names it. Send less in one message`,
    { details: { field: 'content', limit_bytes: MAX_MESSAGE_BYTES, size_bytes: bytes } },
  );
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
