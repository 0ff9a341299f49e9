/**
 * What two URLs of one MCP server have in common: scheme, host and port, path without slashes at its end, and query. The
 * header of a credential goes only to a server with the same key. Undefined for what is no URL.
 */
export function toServerKey(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null) return undefined;
  const { protocol, host, pathname, search } = parsed;
  return `${protocol}//${host}${pathname.replace(/\/+$/, '')}${search}`;
}
