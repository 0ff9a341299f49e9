/** An answer of a token endpoint is a short JSON object. */
const MAX_ANSWER_BYTES = 64 * 1024;

export interface ReadAnswer {
  status: number;
  contentType: string;
  body: string;
  /** The body is longer, and was not read to its end. */
  isCut: boolean;
}

/** Reads the body of an answer, 64 KiB of it at most. */
export async function readAnswer(response: Response): Promise<ReadAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early ends the transfer.
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > MAX_ANSWER_BYTES) break;
  }
  const isCut = bytes > MAX_ANSWER_BYTES;
  const body = Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES).toString();
  return { status: response.status, contentType: response.headers.get('content-type') ?? '', body, isCut };
}
