import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Headers that belong to one connection, never to the message (RFC 9110, section 7.6.1), and those that frame it. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Of the agent and its own connection: the upstream gets a key, never the token. */
const OF_THE_AGENT = new Set(['host', 'authorization', 'x-api-key', 'cookie']);

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The headers for the upstream: without the session's token, with the real key, and without compression. */
export function toUpstreamHeaders(headers: IncomingHttpHeaders, apiKey: string | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  const isNamed = toNamed(headers);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || OF_THE_CONNECTION.has(name) || OF_THE_AGENT.has(name) || isNamed(name)) continue;
    result[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  // Usage is read from the passing bytes, so they must not be compressed.
  result['accept-encoding'] = 'identity';
  if (apiKey !== undefined) result['x-api-key'] = apiKey;
  return result;
}

/** The upstream's answer as the agent gets it: unchanged, but for what belongs to the other connection. */
export function toClientHeaders(headers: Headers): OutgoingHttpHeaders {
  const result: OutgoingHttpHeaders = {};
  const isNamed = toNamed(headers);
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !OF_THE_CONNECTION.has(name) && !isNamed(name)) result[name] = value;
  }
  return result;
}

/** Headers named by `connection` are hop-by-hop as well. */
function toNamed({ connection }: Headers): (name: string) => boolean {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return () => false;
  const named = new Set(
    String(connection)
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  return (name) => named.has(name);
}
