import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { toClientHeaders } from './headers.ts';
import type { UpstreamAnswer } from './receive-answer.ts';
import { findErrorEvent, readErrorEvent, toFailure, type UpstreamFailure } from './upstream-failure.ts';

/** Far more than a model can write in one answer. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Largest error body; a longer one is truncated. */
const MAX_ERROR_BYTES = 64 * 1024;

export interface PassOptions {
  onChunk(chunk: Buffer): void;
  signal: AbortSignal;
  /** For dates in headers. */
  nowMs: number;
}

/**
 * Passes an answer on as it arrives, no faster than the client reads. An error is returned instead, also one that is
 * the first event of a stream. The head is sent with the first bytes, so that the call can still fail before them.
 * Rejects when the upstream breaks or sends without end, and with the reason of the signal; the client's answer is
 * then not ended.
 */
export async function passAnswer(
  answer: UpstreamAnswer,
  response: ServerResponse,
  options: PassOptions,
): Promise<UpstreamFailure | undefined> {
  try {
    return await pass(answer, response, options);
  } finally {
    answer.body.cancel();
  }
}

async function pass(
  { statusCode, headers, body: chunks }: UpstreamAnswer,
  response: ServerResponse,
  { onChunk, signal, nowMs }: PassOptions,
): Promise<UpstreamFailure | undefined> {
  if (statusCode >= 400) return toFailure(statusCode, headers, { body: await readError(chunks), nowMs });
  const isStream = String(headers['content-type'] ?? '').includes('text/event-stream');
  let next = await chunks.next();
  if (isStream && next.done !== true && findErrorEvent(next.value) === 0) {
    const event = Buffer.concat([next.value, await readError(chunks)]);
    const read = readErrorEvent(event);
    const json = { ...headers, 'content-type': 'application/json' };
    if (read !== undefined) return toFailure(read.statusCode, json, { body: read.body, nowMs });
    next = { done: false, value: event };
  }
  response.writeHead(statusCode, toClientHeaders(headers));
  let bytes = 0;
  for (; next.done !== true; next = await chunks.next()) {
    const chunk = next.value;
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`The answer has more than ${MAX_ANSWER_BYTES} bytes`);
    onChunk(chunk);
    if (isStream) assertGoesOn(chunk, response);
    if (!response.write(chunk)) await once(response, 'drain', { signal });
  }
  response.end();
  return undefined;
}

/**
 * At an error event before the first complete block the CLI gives the turn up, but it tries again when the stream
 * breaks (2.1.332). So the stream is broken where another try can help.
 */
function assertGoesOn(chunk: Buffer, response: ServerResponse): void {
  const at = findErrorEvent(chunk);
  if (at === -1 || readErrorEvent(chunk.subarray(at)) === undefined) return;
  response.write(chunk.subarray(0, at));
  throw new Error('The upstream ended the stream with an error event');
}

async function readError(chunks: AsyncIterator<Buffer, undefined>): Promise<Buffer> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) {
    kept.push(next.value);
    bytes += next.value.length;
    if (bytes > MAX_ERROR_BYTES) break;
  }
  return Buffer.concat(kept).subarray(0, MAX_ERROR_BYTES);
}
