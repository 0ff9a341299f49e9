import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

import { createId, type CspError } from '@claude-sdk-pattern/protocol';

/** Answers with an error, and drops the rest of the request: a client that is still sending reads no answer. */
export function refuseCall(
  response: ServerResponse,
  error: CspError,
  options: { headers?: OutgoingHttpHeaders } = {},
): void {
  const id = createId('req');
  const { type, message } = error;
  const body = JSON.stringify({ type: 'error', error: { type, message }, request_id: id });
  const headers: OutgoingHttpHeaders = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'request-id': id,
    ...(error.retryAfterMs !== undefined && { 'retry-after': String(Math.ceil(error.retryAfterMs / 1000)) }),
    ...options.headers,
  };
  response.writeHead(error.status, headers);
  response.end(body);
  response.req.resume();
}
