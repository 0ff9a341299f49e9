import type { IncomingMessage } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

/** The largest body that the Messages API accepts. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Whether the headers of a request announce a body. */
export function announcesBody({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && !/^0+$/.test(length));
}

/**
 * Reads the whole body. `take` is called before each chunk is stored, and throws when there is no room for it.
 * @throws CspError `too_large`; `rate_limited` from `take`; the error of a connection that breaks before the body's
 * end.
 */
export function readBody(request: IncomingMessage, take: (bytes: number) => void): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  const refuse = (error: unknown) => {
    request.off('data', keep);
    reject(error);
  };
  const keep = (chunk: Buffer) => {
    bytes += chunk.length;
    try {
      if (bytes > MAX_BODY_BYTES) {
        throw new CspError('too_large', `A request to the model has at most ${MAX_BODY_BYTES} bytes`);
      }
      take(chunk.length);
      chunks.push(chunk);
    } catch (error) {
      refuse(error);
    }
  };
  // Events, and no iteration: it would stop and start the connection between the pieces of a long body.
  request.on('data', keep);
  request.once('end', () => {
    const [first] = chunks;
    resolve(first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, bytes));
  });
  request.once('error', refuse);
  request.once('close', () => {
    if (!request.complete) refuse(new Error('The connection ended before the body did'));
  });
  return promise;
}
