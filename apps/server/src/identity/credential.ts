import type { IncomingHttpHeaders } from 'node:http';

export type Credential = { kind: 'api_key'; key: string } | { kind: 'cookie'; value: string };

/**
 * The one credential that decides a request: `Authorization: Bearer`, else `x-api-key`, else the cookie. A later one is
 * never a fallback for an earlier bad one. Another `Authorization` scheme (a proxy's Basic) is not ours and is skipped.
 */
export function readCredential(headers: IncomingHttpHeaders, cookieName: string): Credential | undefined {
  const bearer = /^bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return { kind: 'api_key', key: trimBlanks(bearer) };
  const apiKey = headers['x-api-key'];
  if (apiKey !== undefined)
    return { kind: 'api_key', key: trimBlanks(Array.isArray(apiKey) ? (apiKey[0] ?? '') : apiKey) };
  const value = findCookie(headers.cookie, cookieName);
  return value === undefined ? undefined : { kind: 'cookie', value };
}

/** The raw value of the first cookie of that name, undecoded, so that it can be sent on as it came. */
function findCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const separator = pair.indexOf('=');
    if (separator > 0 && trimBlanks(pair.slice(0, separator)) === name) return trimBlanks(pair.slice(separator + 1));
  }
  return undefined;
}

/** Without spaces and tabs around it (RFC 6265, section 5.2). `trim` would make another name ours: `\u00a0csp…`. */
function trimBlanks(text: string): string {
  const isBlank = (at: number): boolean => text[at] === ' ' || text[at] === '\t';
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(start)) start += 1;
  while (end > start && isBlank(end - 1)) end -= 1;
  return text.slice(start, end);
}
