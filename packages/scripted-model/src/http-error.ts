import type { ServerResponse } from 'node:http';

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
};

const messages: Readonly<Record<number, string>> = {
  400: 'The scripted model refuses this request',
  401: 'invalid x-api-key',
  403: 'Your API key does not have permission to use the specified resource',
  404: 'Not found',
  413: 'Request exceeds the maximum size',
  429: 'This request would exceed your rate limit',
  500: 'Internal server error',
  529: 'Overloaded',
};

export interface ErrorEnvelope {
  type: 'error';
  error: { type: string; message: string };
  request_id: string;
}

/** The API's error envelope for an HTTP status. */
export function toErrorEnvelope(status: number, requestId: string, message?: string): ErrorEnvelope {
  const type = errorTypes[status] ?? 'api_error';
  return { type: 'error', error: { type, message: message ?? messages[status] ?? 'Error' }, request_id: requestId };
}

/** Answers with JSON and ends the response. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
