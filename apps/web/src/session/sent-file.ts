import type { UserContentBlock } from '@claude-sdk-pattern/protocol';

import { toHref } from '../api/base-path.ts';
import type { Attachment } from './items.ts';

/** A file on the server, in the form in which a message refers to it. */
export interface SentFile {
  fileId: string;
  kind: 'image' | 'document';
  name: string;
  /** Null if the name is unknown. */
  sizeBytes: number | null;
}

const IMAGES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const DOCUMENTS: ReadonlySet<string> = new Set(['application/pdf', 'application/json', 'image/svg+xml']);

/**
 * The type of content block for a file, by the type that the server detected; null for a file that no model can read.
 */
export function toBlockKind(mimeType: string): SentFile['kind'] | null {
  if (IMAGES.has(mimeType)) return 'image';
  return DOCUMENTS.has(mimeType) || mimeType.startsWith('text/') ? 'document' : null;
}

/** The content of a message: its files, then its text. */
export function toContent(text: string, files: readonly SentFile[]): UserContentBlock[] {
  const blocks = files.map((file): UserContentBlock => {
    const source = { type: 'file', file_id: file.fileId } as const;
    return file.kind === 'image' ? { type: 'image', source } : { type: 'document', source, title: file.name };
  });
  return text.trim() === '' ? blocks : [...blocks, { type: 'text', text }];
}

/** The address from which the server serves a file's content. */
export function toContentUrl(fileId: string): string {
  return toHref(`/v1/files/${encodeURIComponent(fileId)}/content`);
}

/** The files of a message in the form of a draft's files. */
export function toSentFiles(attachments: readonly Attachment[], names: ReadonlyMap<string, string>): SentFile[] {
  return attachments.flatMap(({ fileId, kind, title }) =>
    fileId === null ? [] : [{ fileId, kind, name: names.get(fileId) ?? title, sizeBytes: null }],
  );
}
