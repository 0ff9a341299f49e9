/** The path of a request as logs may have it: without the query, and without the secret that a webhook's address may have. */
export function toLoggedPath(url: string): string {
  // A request for a proxy names the host too, and is routed all the same.
  const path = url.replace(/^https?:\/\/[^/]*/i, '').split('?')[0] ?? '';
  return path.replace(/^(\/+hooks\/+in\/+[^/]+)\/.*$/i, '$1/…');
}
