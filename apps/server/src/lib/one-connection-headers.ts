/** Headers that belong to one connection, never to the message (RFC 9110, section 7.6.1). */
const OF_ONE_CONNECTION: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
]);

/** Tells which of these headers, by their names in lower case, are not passed on: also those that `connection` names. */
export function createOneConnectionTest({
  connection,
}: Readonly<Record<string, string | string[] | undefined>>): (name: string) => boolean {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close')
    return (name) => OF_ONE_CONNECTION.has(name);
  const named = new Set(
    String(connection)
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  return (name) => OF_ONE_CONNECTION.has(name) || named.has(name);
}
