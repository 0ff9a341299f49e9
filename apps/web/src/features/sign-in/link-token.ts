/**
 * Takes the token of a one-time link (`/sign-in#link=TOKEN`) out of the address bar, so that it stays in no history.
 * Returns null where there is none.
 */
export function takeLinkToken(location: Location, history: History): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('link');
  if (token === null) return null;
  history.replaceState(null, '', location.pathname);
  return token === '' ? null : token;
}
