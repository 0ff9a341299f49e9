import { useEffect, useRef } from 'react';

import { takeLinkToken } from './link-token.ts';

/**
 * Signs in once with the token that the page was opened with, and with the token of each link opened later in the same
 * tab.
 */
export function useLinkToken(linkToken: string | null, signIn: (token: string) => void): void {
  const linkUsed = useRef(false);
  useEffect(() => {
    if (linkToken === null || linkUsed.current) return;
    linkUsed.current = true;
    signIn(linkToken);
  });
  // If a new link is opened in the tab of an expired one, only the hash changes and the page is not loaded again.
  useEffect(() => {
    const onHash = () => {
      const token = takeLinkToken(location, history);
      if (token !== null) signIn(token);
    };
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  });
}
