/** More than tools say in one answer, and little enough to be read at once on the server's one thread. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const LINE_FEED = 10;

/**
 * `fetch` for servers that nobody vouches for: an answer, or one event of a stream, may have 8 MiB, and what is longer
 * breaks it off. A stream as a whole may be as long as it likes.
 */
export async function boundedFetch(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.body === null) return response;
  const isStream = (response.headers.get('content-type') ?? '').includes('text/event-stream');
  const { status, statusText, headers } = response;
  const body = response.body.pipeThrough(limitBytes(isStream));
  const bounded = new Response(body, { status, statusText, headers });
  // The transport reads it to tell where it was sent.
  Object.defineProperty(bounded, 'url', { value: response.url });
  return bounded;
}

/** Breaks with more bytes than allowed in all, or in a stream since the last empty line. */
function limitBytes(isStream: boolean): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  let isAtLineStart = false;
  return new TransformStream({
    transform(chunk, controller) {
      for (const byte of isStream ? chunk : []) {
        bytes += 1;
        if (byte !== LINE_FEED) {
          if (byte !== 13) isAtLineStart = false;
          if (bytes > MAX_ANSWER_BYTES) break;
          continue;
        }
        if (isAtLineStart) bytes = 0;
        isAtLineStart = true;
      }
      if (!isStream) bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) controller.error(new Error(`It answers with more than ${MAX_ANSWER_BYTES} bytes`));
      else controller.enqueue(chunk);
    },
  });
}
