import type { IncomingHttpHeaders } from 'node:http';

/** What of a request goes to a plugin. Credentials of any kind, and where the person comes from, are not among it. */
const REQUEST_HEADERS = [
  ...['accept', 'accept-language', 'content-type'],
  ...['if-match', 'if-modified-since', 'if-none-match', 'if-unmodified-since'],
];
/** What of an answer goes to the person: nothing that reaches beyond the answer, such as cookies. */
const RESPONSE_HEADERS = [
  ...['cache-control', 'content-disposition', 'content-language', 'content-type'],
  ...['etag', 'last-modified', 'retry-after'],
];

/** Every answer of a plugin. A page runs on an origin without rights, reaches nothing and is whole by itself. */
const ADDED_HEADERS = {
  'content-security-policy':
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
};

export function toPassedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const passed = REQUEST_HEADERS.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value]] : [];
  });
  return Object.fromEntries(passed) as Record<string, string>;
}

/** @param name Of the plugin: it may send people on only to its own pages. */
export function toAnswerHeaders(headers: IncomingHttpHeaders, name: string): Record<string, string> {
  const passed = RESPONSE_HEADERS.flatMap((each) => {
    const value = headers[each];
    return typeof value === 'string' ? [[each, value]] : [];
  });
  const location = headers.location === undefined ? undefined : toOwnLocation(headers.location, name);
  return {
    'cache-control': 'no-store',
    ...(Object.fromEntries(passed) as Record<string, string>),
    // Who asks decides what is answered, so no cache on the way may keep it.
    ...(headers['cache-control'] !== undefined && { 'cache-control': toPrivate(headers['cache-control']) }),
    ...(location !== undefined && { location }),
    ...ADDED_HEADERS,
  };
}

function toPrivate(cacheControl: string): string {
  const directives = cacheControl.split(',').map((each) => each.trim());
  return ['private', ...directives.filter((each) => !/^(?:public|private|s-maxage\b.*)$/i.test(each))].join(', ');
}

function toOwnLocation(location: string, name: string): string | undefined {
  const base = `http://server/plugins/${name}/`;
  if (!URL.canParse(location, base)) return undefined;
  const { href, pathname, search } = new URL(location, base);
  return href.startsWith(base) ? pathname + search : undefined;
}
