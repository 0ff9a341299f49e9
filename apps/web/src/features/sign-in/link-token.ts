import { toAppPath } from '../../api/base-path.ts';

/** With a token in the fragment it is the page of an invitation. */
export const INVITE_PATH = '/invite';
const INVITATION = 'csp.invitation';

/** What a token is taken from: of the browser's window, the fields that are used. */
export interface LinkWindow {
  location: Pick<Location, 'hash' | 'pathname'>;
  history: Pick<History, 'replaceState'>;
  /** Ends with the tab. */
  sessionStorage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

/**
 * Removes the token of a one-time link (`/sign-in#link=TOKEN`) from the address bar, so that it is not kept in the
 * browser's history. The tab remembers the token of an invitation, so that a reload stays on it. Returns null if there
 * is no token.
 */
export function takeLinkToken({ location, history, sessionStorage }: LinkWindow): string | null {
  const isInvitation = toAppPath(location.pathname) === INVITE_PATH;
  const token = new URLSearchParams(location.hash.slice(1)).get('link');
  if (token === null) return isInvitation ? sessionStorage.getItem(INVITATION) : null;
  history.replaceState(null, '', location.pathname);
  if (token === '') return null;
  if (isInvitation) sessionStorage.setItem(INVITATION, token);
  return token;
}

/** Call it when the invitation has been accepted, or can no longer be. */
export function forgetInvitation({ sessionStorage }: Pick<LinkWindow, 'sessionStorage'>): void {
  sessionStorage.removeItem(INVITATION);
}
