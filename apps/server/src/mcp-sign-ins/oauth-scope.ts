const MAX_CHARS = 2000;

/** The scopes of a text that separates them by spaces (RFC 6749, 3.3). */
export function splitScope(scope: string | null | undefined): string[] {
  return (scope ?? '').split(' ').filter(Boolean);
}

/** All of them, each once; undefined where there are none. */
export function joinScopes(...scopes: (string | null | undefined)[]): string | undefined {
  const joined = [...new Set(scopes.flatMap(splitScope))].join(' ').slice(0, MAX_CHARS);
  return joined === '' ? undefined : joined;
}
