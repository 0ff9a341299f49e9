import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { toClientHeaders } from './headers.ts';
import type { UpstreamAnswer } from './upstream.ts';

/** Far more than a model can write in one answer. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Passes an answer on as it comes, no faster than the client takes it. Rejects when the upstream breaks or sends without
 * end, and with the reason of the signal; the client's answer is then not ended.
 */
export async function passAnswer(
  answer: UpstreamAnswer,
  response: ServerResponse,
  options: { onChunk(chunk: Buffer): void; signal: AbortSignal },
): Promise<void> {
  response.writeHead(answer.statusCode, toClientHeaders(answer.headers));
  response.flushHeaders();
  let bytes = 0;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`The answer has more than ${MAX_ANSWER_BYTES} bytes`);
    options.onChunk(chunk);
    if (!response.write(chunk)) await once(response, 'drain', { signal: options.signal });
  }
  response.end();
}
