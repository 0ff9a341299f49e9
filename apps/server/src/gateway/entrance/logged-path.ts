/** The path of a request as logs may have it: without the query, and without the secret that a webhook's address may have. */
export function toLoggedPath(url: string): string {
  const path = url.split('?')[0] ?? '';
  return path.replace(/^(\/+hooks\/+in\/+[^/]+)\/.*$/i, '$1/…');
}
