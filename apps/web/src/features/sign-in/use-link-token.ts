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
  useNextLinkToken(signIn);
}

/** Calls back with the token of each link that is opened in the tab: only the hash changes, so nothing is loaded. */
export function useNextLinkToken(take: (token: string) => void): void {
  useEffect(() => {
    const onHash = () => {
      const token = takeLinkToken(window);
      if (token !== null) take(token);
    };
    window.addEventListener('hashchange', onHash);
    return () => window.removeEventListener('hashchange', onHash);
  });
}
