import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Headers that belong to one connection, never to the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The agent's request as the upstream gets it: its token taken out, the real key put in, and no compression. */
export function toUpstreamHeaders(headers: IncomingHttpHeaders, apiKey: string | undefined): OutgoingHttpHeaders {
  const result = withoutHopByHop(headers);
  for (const name of ['host', 'authorization', 'x-api-key', 'cookie']) delete result[name];
  // Usage is read from the passing bytes, so they must not be compressed.
  result['accept-encoding'] = 'identity';
  if (apiKey !== undefined) result['x-api-key'] = apiKey;
  return result;
}

/** The upstream's answer as the agent gets it: unchanged, but for what belongs to the other connection. */
export function toClientHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return withoutHopByHop(headers);
}

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.has(name)),
  );
}
