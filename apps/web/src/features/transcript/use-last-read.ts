import { useEffect, useState } from 'react';

import { useSessionStore } from '../../session/session-context.ts';

const PREFIX = 'csp.read.';
/** A shorter absence does not count: a reload, or a look at another tab. */
const AWAY_MS = 20_000;

/** The `seq` of the last event that this browser's user saw before they left; null if they have not been away. */
export function useLastRead(sessionId: string): number | null {
  const session = useSessionStore();
  const [readSeq, setReadSeq] = useState(() => readStored(sessionId));
  useEffect(() => {
    const leave = () => {
      const { view } = session.store.getState();
      if (view.lastSeq > 0) localStorage.setItem(PREFIX + sessionId, `${view.lastSeq}:${Date.now()}`);
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
  const [seq = 0, leftAt = 0] = (localStorage.getItem(PREFIX + sessionId) ?? '').split(':').map(Number);
  return seq > 0 && Date.now() - leftAt > AWAY_MS ? seq : null;
}
