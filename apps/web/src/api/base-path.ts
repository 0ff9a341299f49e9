/**
 * The path below which this server is reached, as it has written it into the page: `/agents` for
 * `https://example.com/agents`, and empty at the root.
 */
export function getBasePath(): string {
  if (typeof document === 'undefined') return '';
  return document.querySelector<HTMLMetaElement>('meta[name="base-path"]')?.content ?? '';
}

/** The address of a path of the app or the API, for what is no link of the router. */
export function toHref(path: string): string {
  return `${getBasePath()}${path}`;
}

/** The path within the app of an address of this page; `/` for what is above it. The opposite of `toHref`. */
export function toAppPath(pathname: string): string {
  const base = getBasePath();
  return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : '/';
}
