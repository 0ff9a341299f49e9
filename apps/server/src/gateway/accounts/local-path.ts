/** Has no place in a path of the web app, and is read differently by different programs. */
const ODD = /[\\\p{Cc}\p{Cf}\s]/u;
const ORIGIN = 'http://localhost';

/** A path of this server's web app with its query; `/` for anything else, so that nobody is sent to another site. */
export function toLocalPath(given: string | undefined): string {
  if (given === undefined || !given.startsWith('/') || given.startsWith('//') || ODD.test(given)) return '/';
  if (!URL.canParse(given, ORIGIN)) return '/';
  const { origin, pathname, search } = new URL(given, ORIGIN);
  const isPage = origin === ORIGIN && !pathname.startsWith('//') && !pathname.startsWith('/api/');
  return isPage ? `${pathname}${search}` : '/';
}
