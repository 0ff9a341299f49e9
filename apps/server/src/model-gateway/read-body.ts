import type { IncomingMessage } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

/** What the Messages API takes at most. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Whether the headers of a request announce a body. */
export function announcesBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && !/^0+$/.test(length));
}

/**
 * Reads the whole body. `take` is asked before each chunk is kept and says whether there is room for it.
 * @throws CspError `too_large`, `rate_limited` from `take`; what the connection throws when it breaks before the body's end.
 */
export async function readBody(request: IncomingMessage, take: (bytes: number) => void): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new CspError('too_large', `A request to the model has at most ${MAX_BODY_BYTES} bytes`);
    }
    take(chunk.length);
    chunks.push(chunk);
  }
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, bytes);
}
