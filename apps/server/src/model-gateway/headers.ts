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

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The agent's request as the upstream gets it: its token taken out, the real key put in, and no compression. */
export function toUpstreamHeaders(headers: IncomingHttpHeaders, apiKey: string | undefined): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of ofTheMessage(headers)) result[name] = Array.isArray(value) ? value.join(', ') : value;
  for (const name of ['host', 'authorization', 'x-api-key', 'cookie']) delete result[name];
  // Usage is read from the passing bytes, so they must not be compressed.
  result['accept-encoding'] = 'identity';
  if (apiKey !== undefined) result['x-api-key'] = apiKey;
  return result;
}

/** The upstream's answer as the agent gets it: unchanged, but for what belongs to the other connection. */
export function toClientHeaders(headers: Headers): OutgoingHttpHeaders {
  return Object.fromEntries(ofTheMessage(headers));
}

function ofTheMessage(headers: Headers): [string, string | string[]][] {
  // What `connection` names belongs to the connection as well.
  const named = new Set(
    String(headers['connection'] ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  return Object.entries(headers).flatMap(([name, value]): [string, string | string[]][] =>
    value === undefined || OF_THE_CONNECTION.has(name) || named.has(name) ? [] : [[name, value]],
  );
}
