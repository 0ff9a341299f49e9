import { useEffect, useState } from 'react';

import { useSessionStore } from '../../session/session-context.ts';

const PREFIX = 'csp.read.';

/** The `seq` up to which this browser's user had seen the session when they left; null where nothing is known. */
export function useLastRead(sessionId: string): number | null {
  const session = useSessionStore();
  const [readSeq, setReadSeq] = useState(() => readStored(sessionId));
  useEffect(() => {
    const leave = () => {
      const { view } = session.store.getState();
      if (view.lastSeq > 0) localStorage.setItem(PREFIX + sessionId, String(view.lastSeq));
    };
    const onVisibility = () => {
      if (document.visibilityState === 'hidden') leave();
      else setReadSeq(readStored(sessionId));
    };
    document.addEventListener('visibilitychange', onVisibility);
    window.addEventListener('pagehide', leave);
    return () => {
      leave();
      document.removeEventListener('visibilitychange', onVisibility);
      window.removeEventListener('pagehide', leave);
    };
  }, [session, sessionId]);
  return readSeq;
}

function readStored(sessionId: string): number | null {
  const stored = Number(localStorage.getItem(PREFIX + sessionId));
  return Number.isInteger(stored) && stored > 0 ? stored : null;
}
