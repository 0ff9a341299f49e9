import { CspError, type CustomToolResultParams, type UserEventParams } from '@claude-sdk-pattern/protocol';

import type { FileService } from '../files/file-service.ts';
import { checkContent } from '../files/resolve-content.ts';
import type { Actor } from '../identity/actor.ts';

/**
 * Refuses content that no session can take, before anything is created or stored.
 * @throws CspError `not_found` for a file that the sender may not use, `invalid_request` for content that the model
 * does not take or that would clear the conversation, `too_large` for more than a message may have.
 */
export async function checkUserEvents(
  files: Pick<FileService, 'get'>,
  actor: Actor,
  events: readonly UserEventParams[],
): Promise<void> {
  for (const event of events) {
    if (event.type === 'user.custom_tool_result') await checkResult(files, actor, event.content ?? []);
    if (event.type !== 'user.message') continue;
    assertKeepsConversation(event.content);
    await checkContent(files, actor, event.content);
  }
}

/**
 * A result is texts and images: an agent process passes nothing else on to the model.
 * @throws CspError `invalid_request` for a PDF, and as `checkContent`
 */
async function checkResult(
  files: Pick<FileService, 'get'>,
  actor: Actor,
  content: NonNullable<CustomToolResultParams['content']>,
): Promise<void> {
  const blocks = content.map((block) =>
    block.type === 'search_result' ? ({ type: 'text', text: JSON.stringify(block) } as const) : block,
  );
  await checkContent(files, actor, blocks);
  for (const [index, block] of blocks.entries()) {
    if (block.type !== 'document') continue;
    const { source } = block;
    const file = source.type === 'file' ? await files.get(actor, source.file_id) : undefined;
    const type = file?.mimeType ?? ('media_type' in source ? source.media_type : undefined);
    if (type !== 'application/pdf') continue;
    const field = `content.${index}.source`;
    throw new CspError(
      'invalid_request',
      `The request is not valid: ${field}: a PDF is not supported in a result by this server; send its text`,
      { details: { field } },
    );
  }
}

const CLEARS = /^\s*\/(clear|reset|new)(\s|$)/;

/**
 * After these commands the CLI continues under another transcript id (2.1.330). The next process would resume the
 * cleared conversation, without anything after it.
 */
function assertKeepsConversation(content: readonly { type: string; text?: string }[]): void {
  const command = content.map(({ text }) => CLEARS.exec(text ?? '')?.[1]).find((name) => name !== undefined);
  if (command === undefined) return;
  const message = `/${command} cannot clear the conversation of a session. Start a new session instead, or shorten this one with /compact`;
  throw new CspError('invalid_request', message);
}
