/** An answer that says what went wrong, in the words of the Messages API. */
export interface CloudError {
  statusCode: number;
  headers: Record<string, string>;
  body: Buffer;
}

/** By HTTP status. */
const TYPES: Readonly<Record<number, string>> = {
  ...{ 400: 'invalid_request_error', 401: 'authentication_error', 403: 'permission_error', 404: 'not_found_error' },
  ...{ 413: 'request_too_large', 429: 'rate_limit_error', 503: 'overloaded_error', 529: 'overloaded_error' },
};
/** Exceptions of Bedrock in the middle of a stream, as its API reference names them (InvokeModelWithResponseStream). */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  throttlingException: 'rate_limit_error',
  internalServerException: 'api_error',
  modelStreamErrorException: 'api_error',
  serviceUnavailableException: 'overloaded_error',
  modelTimeoutException: 'timeout_error',
  validationException: 'invalid_request_error',
};
/** Bedrock answers 424 where its model failed, which is no fault of the caller. */
const MODEL_FAILED = 424;
const KEPT_HEADERS = ['retry-after', 'x-amzn-requestid', 'x-amzn-errortype', 'request-id'];

export function toCloudError(
  given: number,
  { headers, error, message }: { headers?: Headers | undefined; error?: unknown; message: string },
): CloudError {
  const statusCode = given === MODEL_FAILED ? 500 : given;
  const type = TYPES[statusCode] ?? (statusCode >= 500 ? 'api_error' : 'invalid_request_error');
  const kept = KEPT_HEADERS.flatMap((name) => {
    const value = headers?.get(name);
    return value == null ? [] : [[name, value] as const];
  });
  const body = { type: 'error', error: { type, message: readMessage(error) ?? message } };
  return {
    statusCode,
    headers: { ...Object.fromEntries(kept), 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** `{message}` of AWS, `{error: {message}}` of Google and of the Messages API; Google also puts it into a list. */
function readMessage(error: unknown): string | undefined {
  const [first] = [error].flat() as { message?: unknown; Message?: unknown; error?: { message?: unknown } }[];
  const text = first?.error?.message ?? first?.message ?? first?.Message;
  return typeof text === 'string' ? text : undefined;
}

const ERROR_EVENT = 'event: error\ndata: ';

/** A piece of a stream; an error event of Bedrock gets the type that the Messages API has for it. */
export function toMessagesChunk(chunk: Buffer): Buffer {
  if (!chunk.subarray(0, ERROR_EVENT.length).equals(Buffer.from(ERROR_EVENT))) return chunk;
  try {
    const event = JSON.parse(chunk.toString('utf8', ERROR_EVENT.length)) as { error: { type: string } };
    const type = EXCEPTIONS[event.error.type] ?? event.error.type;
    return Buffer.from(`${ERROR_EVENT}${JSON.stringify({ ...event, error: { ...event.error, type } })}\n\n`);
  } catch {
    return chunk;
  }
}
