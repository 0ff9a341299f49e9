import { findFetchFault } from './http-fault.ts';
import { FloodError, type ReadBudget } from './read-budget.ts';

/** More than one answer of a tool has, and little enough for the server's one thread to read at once. */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** What a message costs beside its bytes: it is parsed, checked and handled. */
export const EVENT_COST_BYTES = 16 * 1024;
export const LINE_COST_BYTES = 256;
/** A request costs this, because a server can make its client send requests: it ends a stream, or asks something. */
const REQUEST_COST_BYTES = 64 * 1024;
/** Passed on in one turn of the event loop. */
const MAX_SLICE_BYTES = 64 * 1024;
const MAX_SLICE_COST_BYTES = 512 * 1024;
/** A server can make its client send requests, and answer none of them. */
const MAX_OPEN_REQUESTS = 100;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export interface BoundedFetchDeps {
  budget: ReadBudget;
  /** The server has sent too much for too long. Called for each answer that ends for this reason. */
  onFlood(error: FloodError): void;
}

/**
 * A `fetch` for untrusted servers. An answer, or one event of a stream, can have 8 MiB; a longer one is broken off. A
 * whole stream has no limit, but is read no faster than the budget allows: meanwhile the server has to wait, because
 * nothing is taken from its socket.
 */
export function createBoundedFetch({ budget, onFlood }: BoundedFetchDeps) {
  let open = 0;
  const take = async (bytes: number, signal: AbortSignal | undefined) => {
    try {
      await budget.take(bytes, signal);
    } catch (error) {
      if (error instanceof FloodError) onFlood(error);
      throw error;
    }
  };

  return async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const signal = init?.signal ?? undefined;
    if (open >= MAX_OPEN_REQUESTS) throw new Error(`It leaves more than ${MAX_OPEN_REQUESTS} requests unanswered`);
    open += 1;
    let response: Response;
    try {
      await take(REQUEST_COST_BYTES, signal);
      response = await fetch(url, init);
    } catch (error) {
      throw findFetchFault(error, url) ?? error;
    } finally {
      open -= 1;
    }
    if (response.body === null) return response;
    const isStream = (response.headers.get('content-type') ?? '').includes('text/event-stream');
    const { status, statusText, headers } = response;
    const body = response.body.pipeThrough(limitBytes(isStream, (bytes) => take(bytes, signal)));
    const bounded = new Response(body, { status, statusText, headers });
    // The transport reads it to learn the URL of the answer.
    Object.defineProperty(bounded, 'url', { value: response.url });
    return bounded;
  };
}

/**
 * Breaks with more bytes than allowed in all, or in a stream since the last empty line. Passes on slices, each when it
 * is paid for. Lines cost in every answer, because the transport reads some as a stream whatever their type says.
 */
function limitBytes(
  isStream: boolean,
  take: (bytes: number) => Promise<void>,
): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  let isAtLineStart = true;
  let isAfterReturn = false;

  /** The cost of this byte beside itself. A line ends with LF, CR or both. */
  const count = (byte: number) => {
    bytes += 1;
    const isLineEnd = byte === CARRIAGE_RETURN || (byte === LINE_FEED && !isAfterReturn);
    const isSecondHalf = byte === LINE_FEED && isAfterReturn;
    isAfterReturn = byte === CARRIAGE_RETURN;
    if (isSecondHalf) return 0;
    if (!isLineEnd) {
      isAtLineStart = false;
      return 0;
    }
    if (!isAtLineStart) {
      isAtLineStart = true;
      return LINE_COST_BYTES;
    }
    if (isStream) bytes = 0;
    return EVENT_COST_BYTES;
  };

  return new TransformStream({
    async transform(chunk, controller) {
      let start = 0;
      let cost = 0;
      for (let end = 1; end <= chunk.byteLength; end += 1) {
        cost += 1 + count(chunk[end - 1] ?? 0);
        if (bytes > MAX_ANSWER_BYTES) throw new Error(`It answers with more than ${MAX_ANSWER_BYTES} bytes`);
        const isFull = end - start >= MAX_SLICE_BYTES || cost >= MAX_SLICE_COST_BYTES;
        if (!isFull && end < chunk.byteLength) continue;
        await take(cost);
        controller.enqueue(chunk.subarray(start, end));
        start = end;
        cost = 0;
      }
    },
  });
}
