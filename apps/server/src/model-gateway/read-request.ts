import type { IncomingMessage } from 'node:http';

import { CspError } from '@claude-sdk-pattern/protocol';

import { findEndpoint, isSendable, splitTarget } from './endpoints.ts';
import type { ModelCall } from './model-call.ts';
import { announcesBody } from './read-body.ts';

/**
 * Reads what a call asks for.
 * @throws CspError `not_found` for anything that agents may not call.
 */
export function readRequest({ method, url, headers }: IncomingMessage): ModelCall['request'] {
  const { path, query } = splitTarget(url ?? '/');
  const endpoint = findEndpoint(method, path);
  if (endpoint === undefined) throw new CspError('not_found', `Agents may not call ${method} ${path}`);
  return { endpoint, query, headers };
}

/** @throws CspError `invalid_request` where a call cannot be sent on as it came. */
export function assertSendable(request: IncomingMessage, { endpoint, query }: ModelCall['request']): void {
  const fault = findFault(request, endpoint.hasBody, query);
  if (fault !== undefined) throw new CspError('invalid_request', `${endpoint.method} ${endpoint.path} ${fault}`);
}

function findFault(request: IncomingMessage, hasBody: boolean, query: string): string | undefined {
  if (!hasBody && announcesBody(request)) return 'takes no body';
  if (!isSendable(query)) return 'came with characters in its query that must be percent-encoded';
  if ((request.headers['transfer-encoding'] ?? 'chunked') !== 'chunked')
    return 'takes no transfer encoding but chunked';
  return undefined;
}
