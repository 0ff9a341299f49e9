import { extname } from 'node:path';

/** So many bytes from the beginning are looked at for a signature. */
export const SIGNATURE_BYTES = 4100;

const TEXT_TYPES: Record<string, string> = {
  '.css': 'text/css',
  '.csv': 'text/csv',
  '.htm': 'text/html',
  '.html': 'text/html',
  '.json': 'application/json',
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
  '.svg': 'image/svg+xml',
  '.xml': 'text/xml',
  '.yaml': 'text/yaml',
  '.yml': 'text/yaml',
};

export interface FileType {
  mimeType: string;
  /** What a name of such a file ends in, with its dot; empty where nothing is known. */
  extension: string;
}

/** The type of a file by its content; of a text, by its name. The type that the client names is ignored. */
export async function detectFileType(options: {
  /** The first `SIGNATURE_BYTES`, or all. */
  beginning: Uint8Array;
  isText: boolean;
  filename: string;
}): Promise<FileType> {
  const { beginning, isText, filename } = options;
  const extension = extname(filename).toLowerCase();
  if (isText) return { mimeType: TEXT_TYPES[extension] ?? 'text/plain', extension: extension || '.txt' };
  // Loaded with the first upload.
  const { fileTypeFromBuffer } = await import('file-type');
  const signature = await fileTypeFromBuffer(beginning);
  if (signature === undefined) return { mimeType: 'application/octet-stream', extension };
  return { mimeType: signature.mime, extension: `.${signature.ext}` };
}

/** Whether a file of this type is text. */
export function isTextType(mimeType: string): boolean {
  return mimeType.startsWith('text/') || Object.values(TEXT_TYPES).includes(mimeType);
}

/** Finds out, part by part, whether bytes are UTF-8 text without control characters that no text has. */
export function createTextDetector(): { add(bytes: Uint8Array): void; end(): boolean } {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isText = true;
  const decode = (bytes?: Uint8Array) => {
    if (!isText) return;
    try {
      isText = !decoder.decode(bytes, { stream: bytes !== undefined }).includes('\u0000');
    } catch {
      isText = false;
    }
  };
  return {
    add: decode,
    end() {
      decode();
      return isText;
    },
  };
}
