import type { FastifyReply, FastifyRequest } from 'fastify';

import { detectFileType, SIGNATURE_BYTES } from '../../files/detect-mime-type.ts';
import { toStamp } from '../../agent-files/file-version.ts';
import type { OpenedFile } from '../../agent-files/open-path.ts';

/** What browsers draw and cannot run. An SVG may hold scripts, which the policy below stops. */
const SHOWN_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/apng',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'image/svg+xml',
]);
/** An agent wrote it: it may load nothing, run nothing and is of no origin. */
const POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

interface SendContentOptions {
  request: FastifyRequest;
  reply: FastifyReply;
  /** As an attachment, also an image. */
  download: boolean;
}

/** Sends an open file or a range of it, and closes it. What it gains meanwhile is not sent. */
export async function sendContent({ file, path }: OpenedFile, options: SendContentOptions): Promise<FastifyReply> {
  const { request, reply, download } = options;
  await using opened = new AsyncDisposableStack();
  opened.use(file);
  const stats = await file.stat({ bigint: true });
  const size = Number(stats.size);
  const etag = `"${toStamp(stats)}"`;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const mimeType = await detectShownType(file, name);
  void reply
    .header('etag', etag)
    .header('cache-control', 'private, no-cache')
    .header('accept-ranges', 'bytes')
    .header('content-security-policy', POLICY)
    .header('x-content-type-options', 'nosniff')
    .header('content-type', mimeType ?? 'application/octet-stream')
    .header('content-disposition', download || mimeType === undefined ? toAttachment(name) : 'inline');
  if (request.headers['if-none-match'] === etag) return reply.status(304).send();
  const { range, 'if-range': only } = request.headers;
  const part = only === undefined || only === etag ? parseRange(range, size) : undefined;
  const { start, end } = part ?? { start: 0, end: size - 1 };
  if (part) void reply.status(206).header('content-range', `bytes ${start}-${end}/${size}`);
  void reply.header('content-length', end - start + 1);
  if (end < start) return reply.send('');
  opened.move();
  return reply.send(file.createReadStream({ start, end }));
}

async function detectShownType(file: OpenedFile['file'], filename: string): Promise<string | undefined> {
  const beginning = Buffer.alloc(SIGNATURE_BYTES);
  const { bytesRead } = await file.read(beginning, 0, beginning.length, 0);
  const isText = filename.toLowerCase().endsWith('.svg') && !beginning.subarray(0, bytesRead).includes(0);
  const { mimeType } = await detectFileType({ beginning: beginning.subarray(0, bytesRead), isText, filename });
  return SHOWN_TYPES.has(mimeType) ? mimeType : undefined;
}

/** One range of bytes; undefined for none, and for what is answered with the whole file. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (match === null) return undefined;
  const [, from = '', to = ''] = match;
  if (from === '' && to === '') return undefined;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  return start <= end ? { start, end } : undefined;
}

/** With the name in an encoding that takes any letter. */
export function toAttachment(name: string): string {
  return `attachment; filename*=UTF-8''${encodeURIComponent(name).replaceAll("'", '%27')}`;
}
