/**
 * Removes the token of a one-time link (`/sign-in#link=TOKEN`) from the address bar, so that it is not kept in the
 * browser's history. Returns null if there is no token.
 */
export function takeLinkToken(location: Location, history: History): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('link');
  if (token === null) return null;
  history.replaceState(null, '', location.pathname);
  return token === '' ? null : token;
}
