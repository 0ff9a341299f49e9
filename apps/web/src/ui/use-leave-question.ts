import { useCallback, useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';

export interface LeaveQuestion {
  stay: () => void;
  leave: () => void;
}

/**
 * Keeps this page while `isOpen`, and asks first: by itself where the app would go to another page, also back or
 * forward, and by the browser's own question where the document is closed or loaded again. Null while nobody wants to
 * leave. Where a browser has no Navigation API, only the second is asked.
 */
export function useLeaveQuestion(isOpen: boolean): LeaveQuestion | null {
  const [, navigate] = useLocation();
  const [wanted, setWanted] = useState<NavigationDestination | null>(null);
  const mayLeave = useRef(false);

  useEffect(() => {
    if (!isOpen) return undefined;
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const onNavigate = (event: NavigateEvent) => {
      const { cancelable, destination } = event;
      if (mayLeave.current || !cancelable || !destination.sameDocument) return;
      if (new URL(destination.url).pathname === location.pathname) return;
      event.preventDefault();
      setWanted(destination);
    };
    window.addEventListener('beforeunload', onUnload);
    if ('navigation' in window) navigation.addEventListener('navigate', onNavigate);
    return () => {
      window.removeEventListener('beforeunload', onUnload);
      if ('navigation' in window) navigation.removeEventListener('navigate', onNavigate);
    };
  }, [isOpen]);

  const stay = useCallback(() => setWanted(null), []);
  const leave = () => {
    if (wanted === null) return;
    mayLeave.current = true;
    setWanted(null);
    // A page of the history has a key; a new one has none yet. `~`: its address is whole, with the base path.
    if (wanted.key === '') navigate(`~${new URL(wanted.url).pathname}${new URL(wanted.url).search}`);
    else navigation.traverseTo(wanted.key);
  };
  return wanted === null ? null : { stay, leave };
}
