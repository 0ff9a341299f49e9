/** The address of a repository as people read it: host and path. */
export function toShortUrl(url: string): string {
  return url.replace(/^\w+:\/\/(?:[^/@]*@)?/, '').replace(/\.git$/, '');
}
