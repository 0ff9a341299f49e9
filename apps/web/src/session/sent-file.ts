import type { UserContentBlock } from '@claude-sdk-pattern/protocol';

/** A file that the server has, as a message carries it. */
export interface SentFile {
  fileId: string;
  kind: 'image' | 'document';
  name: string;
  /** Null where nobody has said. */
  sizeBytes: number | null;
}

const IMAGES: ReadonlySet<string> = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
const DOCUMENTS: ReadonlySet<string> = new Set(['application/pdf', 'application/json', 'image/svg+xml']);

/** What kind of block a file of this type makes, by the type that the server found; null for one that no model reads. */
export function toBlockKind(mimeType: string): SentFile['kind'] | null {
  if (IMAGES.has(mimeType)) return 'image';
  return DOCUMENTS.has(mimeType) || mimeType.startsWith('text/') ? 'document' : null;
}

/** A message's content: its files, then its text. */
export function toContent(text: string, files: readonly SentFile[]): UserContentBlock[] {
  const blocks = files.map((file): UserContentBlock => {
    const source = { type: 'file', file_id: file.fileId } as const;
    return file.kind === 'image' ? { type: 'image', source } : { type: 'document', source, title: file.name };
  });
  return text.trim() === '' ? blocks : [...blocks, { type: 'text', text }];
}

/** Where the server gives out a file's bytes. */
export function toContentUrl(fileId: string): string {
  return `/v1/files/${encodeURIComponent(fileId)}/content`;
}
