/** More than one answer of a tool has, and little enough for the server's one thread to read at once. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

const LINE_FEED = 10;

/**
 * `fetch` for untrusted servers. An answer, or one event of a stream, can have 8 MiB; a longer one is broken off. A
 * whole stream has no limit.
 */
export async function boundedFetch(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.body === null) return response;
  const isStream = (response.headers.get('content-type') ?? '').includes('text/event-stream');
  const { status, statusText, headers } = response;
  const body = response.body.pipeThrough(limitBytes(isStream));
  const bounded = new Response(body, { status, statusText, headers });
  // The transport reads it to learn the URL of the answer.
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
