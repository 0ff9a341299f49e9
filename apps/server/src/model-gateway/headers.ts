import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

import { createOneConnectionTest } from '../lib/one-connection-headers.ts';
import type { TraceHeaders } from '../telemetry/trace-headers.ts';

/** What frames the message, which is made anew. */
const OF_THE_FRAMING = new Set(['content-length', 'expect']);

/** Of the agent and its own connection: the upstream gets a key, never the token. */
const OF_THE_AGENT = new Set(['host', 'authorization', 'x-api-key', 'cookie']);

const OF_THE_TRACE = ['traceparent', 'tracestate', 'baggage'] as const;

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The headers for the upstream: without the session's token, with the real key, and without compression. Where traces are made,
 * the call is a part of the server's.
 */
export function toUpstreamHeaders(
  headers: IncomingHttpHeaders,
  { apiKey, trace }: { apiKey: string | undefined; trace?: TraceHeaders | undefined },
): Record<string, string> {
  const result: Record<string, string> = {};
  const isOfOneConnection = createOneConnectionTest(headers);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || isOfOneConnection(name) || OF_THE_FRAMING.has(name) || OF_THE_AGENT.has(name)) continue;
    result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  // Usage is read from the passing bytes, so they must not be compressed.
  result['accept-encoding'] = 'identity';
  if (apiKey !== undefined) result['x-api-key'] = apiKey;
  if (trace !== undefined) {
    for (const name of OF_THE_TRACE) delete result[name];
    Object.assign(result, trace);
  }
  return result;
}

/** The upstream's answer as the agent gets it: unchanged, but for what belongs to the other connection. */
export function toClientHeaders(headers: Headers): OutgoingHttpHeaders {
  const result: OutgoingHttpHeaders = {};
  const isOfOneConnection = createOneConnectionTest(headers);
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !isOfOneConnection(name) && !OF_THE_FRAMING.has(name)) result[name] = value;
  }
  return result;
}
