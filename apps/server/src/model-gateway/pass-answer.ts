import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import { toClientHeaders } from './headers.ts';
import type { UpstreamAnswer } from './receive-answer.ts';
import { createStreamEnd, looksLikeStream } from './upstreams/stream-end.ts';
import { findErrorEvent, readErrorEvent, toFailure, type UpstreamFailure } from './upstreams/upstream-failure.ts';
import { UpstreamFault } from './upstreams/circuit-breaker.ts';

/** Far more than a model can write in one answer. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Largest error body; a longer one is truncated. */
const MAX_ERROR_BYTES = 64 * 1024;

export interface PassOptions {
  /**
   * Called with each part before the agent gets it, but right after it got the first of a stream, which people wait for.
   * The end of a stream it never gets before: with that it reports the end of its turn.
   */
  onChunk(chunk: Buffer): void;
  signal: AbortSignal;
  /** For dates in headers. */
  nowMs: number;
}

/** An error, or whether an answer that was passed on to its end is a whole one. */
export type PassedAnswer = { failure: UpstreamFailure } | { failure?: undefined; isWhole: boolean };

/**
 * Passes an answer on as it arrives, no faster than the client reads. An error is returned instead, also one that is
 * the first event of a stream. The head is sent with the first bytes, so that the call can still fail before them.
 * Rejects with an UpstreamFault when the upstream breaks or sends without end, and with the reason of the signal; the
 * client's answer is then not ended.
 */
export async function passAnswer(
  answer: UpstreamAnswer,
  response: ServerResponse,
  options: PassOptions,
): Promise<PassedAnswer> {
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
): Promise<PassedAnswer> {
  if (statusCode >= 400) return { failure: toFailure(statusCode, headers, { body: await readError(chunks), nowMs }) };
  const isStream = String(headers['content-type'] ?? '').includes('text/event-stream');
  const end = createStreamEnd();
  const read = () => readNext(chunks, signal);
  let next = await read();
  if (isStream && next.done !== true && findErrorEvent(next.value) === 0) {
    const event = Buffer.concat([next.value, await readError(chunks)]);
    const error = readErrorEvent(event);
    const json = { ...headers, 'content-type': 'application/json' };
    if (error !== undefined) return { failure: toFailure(error.statusCode, json, { body: error.body, nowMs }) };
    next = { done: false, value: event };
  }
  // Nothing was passed on yet, so the call can be made again and nobody sees it.
  if (isStream && (next.done === true || !looksLikeStream(next.value)))
    throw new UpstreamFault('The upstream announced an event stream and sent none');
  response.writeHead(statusCode, toClientHeaders(headers));
  let bytes = 0;
  for (; next.done !== true; next = await read()) {
    const chunk = next.value;
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new UpstreamFault(`The answer has more than ${MAX_ANSWER_BYTES} bytes`);
    if (isStream) {
      assertGoesOn(chunk, response, onChunk);
      end.push(chunk);
    }
    if (bytes === chunk.length && end.isOwed) {
      writeNow(response, chunk);
      onChunk(chunk);
      continue;
    }
    onChunk(chunk);
    if (!response.write(chunk)) await once(response, 'drain', { signal });
  }
  // At a stream that ends early but well, the CLI gives the turn up (2.1.332).
  if (end.isOwed) throw new UpstreamFault('The upstream ended the stream before its last event');
  response.end();
  return { isWhole: !isStream || end.isReached };
}

/** Without a cork Node sends at the end of this round of the event loop only. With one it does not say whether there is room for more. */
function writeNow(response: ServerResponse, chunk: Buffer): void {
  response.cork();
  response.write(chunk);
  response.uncork();
}

async function readNext(chunks: AsyncIterator<Buffer, undefined>, signal: AbortSignal) {
  try {
    return await chunks.next();
  } catch (error) {
    if (signal.aborted) throw error;
    throw new UpstreamFault('The upstream broke its answer off', { cause: error });
  }
}

/**
 * At an error event before the first complete block the CLI gives the turn up, but it tries again when the stream
 * breaks (2.1.332). So the stream is broken where another try can help.
 */
function assertGoesOn(chunk: Buffer, response: ServerResponse, onChunk: PassOptions['onChunk']): void {
  const at = findErrorEvent(chunk);
  if (at === -1 || readErrorEvent(chunk.subarray(at)) === undefined) return;
  onChunk(chunk);
  response.write(chunk.subarray(0, at));
  throw new UpstreamFault('The upstream ended the stream with an error event');
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
