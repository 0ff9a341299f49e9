import { useEffect, useRef } from 'react';

import { takeLinkToken } from './link-token.ts';

/** Signs in with the token that the page was opened with, once, and with that of every link that is opened in its tab. */
export function useLinkToken(linkToken: string | null, signIn: (token: string) => void): void {
  const linkUsed = useRef(false);
  useEffect(() => {
    if (linkToken === null || linkUsed.current) return;
    linkUsed.current = true;
    signIn(linkToken);
  });
  // A new link in the tab of an expired one changes no more than the hash: the page is not loaded anew.
  useEffect(() => {
    const onHash = () => {
      const token = takeLinkToken(location, history);
      if (token !== null) signIn(token);
    };
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  });
}
